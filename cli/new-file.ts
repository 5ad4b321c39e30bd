import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { LamellaError } from "../shared/errors.ts";
import { kernelText } from "./templates/kernel.ts";
import { pipelineText } from "./templates/pipeline.ts";

/** Of this package, whether it runs from cli/ or from the bundle beside it. */
const SCHEMA = fileURLToPath(new URL("../dist/pipeline.schema.json", import.meta.url));
const LONGEST_RELATIVE = 2;

/** Writes a pipeline file that runs as it is. Throws OUTPUT_EXISTS where there is a file of that name. */
export async function newPipeline(file: string, image: string): Promise<void> {
  if (!/\.ya?ml$/i.test(file)) {
    throw new LamellaError("INVALID_ARGUMENT", `${file} is not the name of a pipeline file`, {
      hint: "Name it .yaml.",
    });
  }
  const name = path.basename(image).replace(/(\.ome)?\.[a-z0-9]+$/i, "") || "image";
  const text = pipelineText({
    schema: schemaFrom(file),
    file,
    input: inputOf(image, file),
    labels: scalar(`${name}-objects.zarr`),
    table: scalar(`${name}-objects.csv`),
  });
  await writeNew(file, text);
  process.stdout.write(`${file}\n`);
  const there = isElsewhere(image) || existsSync(image);
  process.stderr.write(
    there
      ? `it reads ${image}; look at what it would do with: lamella plan ${file}\n`
      : `it reads ${image}, which isn't there: lamella convert IMAGE ${image} makes it, --image names another\n`,
  );
}

/** Writes a file with an own kernel that runs as it is. Throws OUTPUT_EXISTS where there is a file of that name. */
export async function newKernel(file: string): Promise<void> {
  if (!/\.([cm]?ts|m?js)$/i.test(file)) {
    throw new LamellaError("INVALID_ARGUMENT", `${file} is not the name of a module`, {
      hint: "Name it .ts, .js or .mjs.",
    });
  }
  await writeNew(file, kernelText(path.basename(file)));
  process.stdout.write(`${file}\n`);
  process.stderr.write("its first lines say how a pipeline uses it\n");
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      throw new LamellaError("OUTPUT_EXISTS", `${file} exists; nothing was changed`, {
        hint: "Give another name.",
        details: { file },
      });
    }
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    throw new LamellaError("NOT_FOUND", `${file}: there is no such folder`, {
      hint: "Make the folder first.",
      details: { file },
    });
  }
}

/** How editors find the schema from the file: by a relative path where that is short. */
function schemaFrom(file: string): string {
  const relative = path
    .relative(path.dirname(path.resolve(file)), SCHEMA)
    .split(path.sep)
    .join("/");
  return relative.split("../").length - 1 > LONGEST_RELATIVE ? SCHEMA : relative;
}

/** An image as the input of a pipeline: by the key that its name says. */
function inputOf(image: string, file: string): string {
  const place = isElsewhere(image)
    ? image
    : path.relative(path.dirname(path.resolve(file)), path.resolve(image));
  return `{ ${keyOf(image)}: ${scalar(place)} }`;
}

/** A text as YAML writes it: as it is, where nothing in it means anything there. */
function scalar(text: string): string {
  return /^[\w./][\w./~-]*$/.test(text) ? text : JSON.stringify(text);
}

function keyOf(image: string): string {
  const name = image.toLowerCase().replace(/\/+$/, "");
  if (/\.(tiff?|tf2|tf8|btf|lsm|svs|stk)$/.test(name)) return "tiff";
  if (/\.czi$/.test(name)) return "czi";
  if (/\.n5$/.test(name)) return "n5";
  if (/\.(h5|hdf5|ims)$/.test(name)) return "hdf5";
  return "zarr";
}

function isElsewhere(image: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(image);
}
