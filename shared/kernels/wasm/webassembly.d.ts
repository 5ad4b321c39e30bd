// The part of the WebAssembly JavaScript API that Lamella uses; TypeScript has it in its browser library only.
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(
      module: Module,
      imports?: { readonly [module: string]: { readonly [name: string]: unknown } },
    );
    readonly exports: { readonly [name: string]: unknown };
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: SharedArrayBuffer;
    grow(pages: number): number;
  }
}
