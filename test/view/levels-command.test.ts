import { expect, it } from "vitest";
import { levelsCommand } from "../../shared/view/levels-command.ts";

it.each([
  ["file:///data/a.zarr", true, "lamella pyramid /data/a.zarr"],
  ["s3://bucket/a.zarr", true, "lamella pyramid s3://bucket/a.zarr"],
  ["https://host/a.zarr", true, "lamella convert https://host/a.zarr a.ome.zarr"],
  ["file:///data/my%20cells.ome.tif", false, "lamella convert '/data/my cells.ome.tif' 'my cells.ome.zarr'"],
  // never over itself
  ["file:///data/a.ome.zarr#0/0", false, "lamella convert /data/a.ome.zarr#0/0 a-levels.ome.zarr"],
])("names the command for %s", (uri, canBeAdded, command) => {
  expect(levelsCommand(uri, canBeAdded)).toBe(command);
});
