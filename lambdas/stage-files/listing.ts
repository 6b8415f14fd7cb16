import type { ListedFile, Listing } from './handler.ts';

const RECORDS = /\.jsonl?(\.gz)?$/i;

/** Parts what may hold records from what does not, by its name below the folder. */
export function listingOf(found: readonly ListedFile[]): Listing {
  const holdsRecords = ({ name }: ListedFile) => RECORDS.test(name) && !name.split('/').some((part) => part.startsWith('.'));
  return {
    files: found.filter(holdsRecords),
    others: found
      .filter((file) => !holdsRecords(file))
      .map(({ name }) => name)
      .sort(),
  };
}
