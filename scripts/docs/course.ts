import { readFileSync } from "node:fs";
import path from "node:path";

/** An operation of a course on Dask arrays: its files in examples/course are NAME.py, NAME.ts and NAME.yaml. */
export interface Lesson {
  readonly name: string;
  readonly title: string;
  /** What to know on the way from Dask to Lamella. */
  readonly says: string;
  /** How far the tests let results lie apart; without it they are equal, element by element. */
  readonly tolerance?: { readonly [output: string]: { readonly atMost: number; readonly because: string } };
}

export const FOLDER = "examples/course";

export const COURSE: readonly Lesson[] = [
  {
    name: "rechunk",
    title: "Opening, looking, `rechunk`",
    says: "`shape`, `chunks` (Dask's tuples), `dtype` and `nbytes` are there without reading more than metadata. `rechunk` plans one pass or two, within the memory budget; `lamella advise` proposes chunks.",
  },
  {
    name: "map-blocks",
    title: "`map_blocks`",
    says: "A built-in kernel instead of a function, with the same chunks and the same seams; `lamella plan` warns of them. Where axes are known (here c, z, y, x of an OME-Zarr), a single `sigma` leaves channels alone.",
    tolerance: {
      filtered: { atMost: 1, because: "a float that ends at a whole number may be cast to either side" },
    },
  },
  {
    name: "map-overlap",
    title: "`map_overlap`",
    says: "`depth` and `boundary` as in Dask. Any depth works, beyond the neighbouring chunk too. Where the depth covers what a kernel looks at, the result doesn't depend on the chunks; of Canny's edges the operation `canny` has a whole-array form.",
  },
  {
    name: "ratio",
    title: "`blockwise` with several arrays",
    says: "A function of one's own, exported by a module, gets the blocks as typed arrays. Elementwise mathematics needs none: `expr` has numpy's operators and dtypes.",
  },
  {
    name: "mask",
    title: "`blockwise` with fewer axes",
    says: "The same index notation; `mask` has no `t`, so each block of it meets every time point.",
  },
  {
    name: "chain",
    title: "Chaining",
    says: "Nothing is read before the last line. Lamella fuses the chain into one pass over the chunks, without storing what lies between.",
  },
  {
    name: "stack",
    title: "`stack` and `concatenate`",
    says: "No data are copied: what is stored afterwards reads each source where it lies.",
  },
  {
    name: "reductions",
    title: "Reductions",
    says: "By tree, as in Dask, but float sums are exact and rounded once: the same bits whatever the chunks.",
  },
  {
    name: "apply-gufunc",
    title: "`apply_gufunc`",
    says: "The function gets its core dimensions whole, as the last axes; Lamella rechunks by itself where they aren't.",
  },
  {
    name: "overlap-internal",
    title: "`overlap.overlap_internal`",
    says: "The blocks with their neighbours' elements, side by side: chunks grow. `overlap` has boundaries too.",
    tolerance: { smooth: { atMost: 0.001, because: "sums in float32, of values up to 10,000" } },
  },
];

/** The three forms of each operation, Dask's and Lamella's side by side. */
export function coursePages(root: string): string {
  const text = (file: string): string => readFileSync(path.join(root, FOLDER, file), "utf8").trimEnd();
  return COURSE.map(({ name, title, says, tolerance }) => {
    const apart = Object.entries(tolerance ?? {}).map(
      ([output, { atMost, because }]) => `\`${output}\` within ${atMost} (${because})`,
    );
    return `## ${title}

${says}

<table>
<tr><th>Dask</th><th>Lamella</th></tr>
<tr><td>

\`\`\`python
${text(`${name}.py`)}
\`\`\`

</td><td>

\`\`\`ts
${text(`${name}.ts`)}
\`\`\`

</td></tr>
</table>

As a pipeline:

\`\`\`yaml
${text(`${name}.yaml`)}
\`\`\`

The tests run all three: ${apart.length === 0 ? "the results are equal, element by element" : `equal, ${apart.join(", ")}`}.`;
  }).join("\n\n");
}
