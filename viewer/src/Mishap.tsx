import { Component, type ReactNode } from "react";

interface MishapState {
  readonly error?: Error;
}

/** A page that can't go on says so: it is never blank. */
export class Mishap extends Component<{ readonly children: ReactNode }, MishapState> {
  override state: MishapState = {};

  static getDerivedStateFromError(error: unknown): MishapState {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <main className="notice problem" role="alert">
        <h1>Lamella</h1>
        <p>The page failed: {error.message}</p>
        <p className="muted">
          Reload it. If that doesn't help, this is a defect of Lamella: please report it.
        </p>
      </main>
    );
  }
}
