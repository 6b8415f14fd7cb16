/** @jsxRuntime automatic @jsxImportSource preact */
import type { StagedCounts } from '../pipelines/step-result.ts';
import { count, counted, percent } from './format.ts';
import { Section } from './page.tsx';
import { FactsTable } from './table.tsx';

/** What a run's stage steps did, by data set. */
export type Staged = Readonly<Record<string, StagedCounts>>;

/** Of one data set; more of them would make the page too heavy to open. */
const MOST_LISTED = 20;

/** Which files came in and what was refused; the same for every pipeline that begins with files. */
export function StagedSection({ staged }: { staged: Staged }) {
  const sets = Object.entries(staged).map(([name, counts]) => ({ name: inWords(name), ...counts }));
  if (sets.length === 0) return null;
  return (
    <Section id="staged" title="What came in" lede={inOneSentence(sets)}>
      <FactsTable
        caption="Files staged in this run, by data set"
        head={['Data set', 'New files', 'Rows', 'Refused', 'Staged before', 'Same bytes again', 'Other files']}
        rows={sets.map(({ name, files, rows, rejected, alreadyStaged, duplicateFiles, otherFiles }) => [
          name,
          ...[files, rows, rejected, alreadyStaged, duplicateFiles.length, otherFiles.length].map(count),
        ])}
      />
      {sets.map((set) => (
        <>
          <Refused set={set} />
          <LeftOut
            name={set.name}
            what="file was left out: the same bytes came under another name"
            whats="files were left out: the same bytes came under other names"
            files={set.duplicateFiles}
          />
          <LeftOut
            name={set.name}
            what="file was left out: not of the kind"
            whats="files were left out: not of the kind"
            files={set.otherFiles}
          />
        </>
      ))}
    </Section>
  );
}

type StagedSet = StagedCounts & { readonly name: string };

function Refused({ set: { name, rejected, rejects } }: { set: StagedSet }) {
  if (rejected === 0) return null;
  const shown = rejects.slice(0, MOST_LISTED);
  const refused = counted(rejected, 'record was refused', 'records were refused');
  return (
    <details open={shown.length <= 5}>
      <summary>{`${name}: why ${refused}${shown.length < rejected ? `, the first ${count(shown.length)}` : ''}`}</summary>
      <FactsTable
        caption={`${name}: refused records`}
        head={['Line', 'Reason', 'File']}
        numeric={[0]}
        rows={shown.map(({ source, line, reason }) => [count(line), reason, source])}
      />
    </details>
  );
}

function LeftOut({ name, what, whats, files }: { name: string; what: string; whats: string; files: readonly string[] }) {
  if (files.length === 0) return null;
  const shown = files.slice(0, MOST_LISTED);
  return (
    <details open={shown.length <= 5}>
      <summary>{`${name}: ${counted(files.length, what, whats)}`}</summary>
      <ul class="files">
        {shown.map((file) => (
          <li>{file}</li>
        ))}
        {shown.length < files.length && <li>and {count(files.length - shown.length)} more</li>}
      </ul>
    </details>
  );
}

function inOneSentence(sets: readonly StagedSet[]): string {
  const total = (of: (set: StagedSet) => number) => sets.reduce((sum, set) => sum + of(set), 0);
  const [files, rows, rejected, before] = [
    total((set) => set.files),
    total((set) => set.rows),
    total((set) => set.rejected),
    total((set) => set.alreadyStaged),
  ];
  if (files === 0) {
    return before > 0
      ? `No file was new: all ${count(before)} had been staged by an earlier run, and nothing was staged twice.`
      : 'No file was found.';
  }
  const refused =
    rejected === 0
      ? 'none was refused'
      : `${counted(rejected, 'record')} (${percent(rejected / (rows + rejected))}) had to be refused and kept with the reason`;
  return `${counted(files, 'new file')} held ${counted(rows + rejected, 'record')}; ${refused}.`;
}

/** `listening_events` as a reader would write it. */
function inWords(dataset: string): string {
  const words = dataset.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
