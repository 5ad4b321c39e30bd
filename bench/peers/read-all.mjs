// Reads a whole Zarr array of three axes into one block, and sums some of it: node read-all.mjs LIBRARY ZARR WORKERS
const [library, zarr, workers] = process.argv.slice(2);
const { fromZarr } = await import(library);
const { data, shape } = await (await fromZarr(zarr)).compute({ workers: Number(workers) });
let sum = 0;
for (let z = 0; z < shape[0]; z += 16) {
  for (let y = 0; y < shape[1]; y += 64) {
    for (let x = 0; x < shape[2]; x += 64) sum += data[(z * shape[1] + y) * shape[2] + x];
  }
}
console.log(sum);
