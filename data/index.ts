/** The seeded generator of synthetic listening events; see README.md in this folder. */
export * from './generate.ts';
