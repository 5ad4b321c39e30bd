#!/bin/sh
# Makes an image of cells, converts it to OME-Zarr with a pyramid, and shows what is in it.
set -e
npx lamella --version
test -e cells.ome.tif || ../node_modules/.bin/node ../scripts/make-demo-image.ts cells.ome.tif --shape 1,2,16,512,512
npx lamella convert cells.ome.tif cells.ome.zarr --chunks 16,256,256
npx lamella inspect cells.ome.zarr
