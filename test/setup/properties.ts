/**
 * Property tests draw anew at each run, but in continuous integration, where a change should fail for what it changed: there they draw the same
 * each time. LAMELLA_PROPERTY_SEED says another seed, anywhere.
 */
const given = process.env["LAMELLA_PROPERTY_SEED"];
if (given !== undefined || process.env["CI"]) {
  const { default: fc } = await import("fast-check");
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: given === undefined ? 20_261_127 : Number(given) });
}
