/** The seeded generators of synthetic listening events and ad impressions; see README.md in this folder. */
export * from './generate.ts';
export * from './generate-impressions.ts';
