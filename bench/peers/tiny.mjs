// The sum of one tiny chunk, one added to each element: node tiny.mjs LIBRARY ZARR
const [library, zarr] = process.argv.slice(2);
const { fromZarr } = await import(library);
const ones = await fromZarr(zarr);
const sum = await ones.add(1).sum().compute();
console.log(sum.data[0]);
