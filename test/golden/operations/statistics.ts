import type { Operations } from "./operation.ts";

/** What the elements of a whole array are distributed like. */
export const statistics: Operations = {
  histogram: ([image], { bins, range }) => image.histogram({ bins, range }),
  percentile: ([image], { q, method }) => image.percentile(q, { method }),
  threshold_otsu: ([image], { nbins }) => image.otsu(nbins === undefined ? {} : { nbins }),
  threshold_li: ([image]) => image.li(),
  threshold_yen: ([image]) => image.yen(),
  threshold_triangle: ([image]) => image.triangle(),
  threshold_mean: ([image]) => image.mean(),
  threshold_isodata: ([image]) => image.isodata(),
};
