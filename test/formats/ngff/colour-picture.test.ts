import { expect, test } from "vitest";
import { isColourPicture } from "../../../shared/formats/ngff/colour-picture.ts";

const named = (...labels: string[]) => labels.map((label) => ({ label }));

test("red, green and blue of 8 bits are a picture in colour, with or without an alpha", () => {
  expect(isColourPicture(named("Red", "Green", "Blue"), "uint8")).toBe(true);
  expect(isColourPicture(named("red", "green", "blue", "Alpha"), "uint8")).toBe(true);
});

test("channels of other names, orders, numbers and types are none", () => {
  expect(isColourPicture(named("Blue", "Green", "Red"), "uint8")).toBe(false);
  expect(isColourPicture(named("DAPI", "FITC", "TRITC"), "uint8")).toBe(false);
  expect(isColourPicture(named("Red", "Green"), "uint8")).toBe(false);
  expect(isColourPicture(named("Red", "Green", "Blue"), "uint16")).toBe(false);
  expect(isColourPicture(undefined, "uint8")).toBe(false);
});
