/** @jsxRuntime automatic @jsxImportSource preact */
import type { LandedCounts } from '../pipelines/step-result.ts';
import { count, counted } from './format.ts';
import { Notice, Section } from './page.tsx';
import { FactsTable } from './table.tsx';

/** What a run landed of its topic, and what it could not. */
export function LandedSection({ landed }: { landed: LandedCounts }) {
  const { before, again, quarantined, skipped, tables } = landed;
  return (
    <Section id="landed" title="What was landed" lede={inOneSentence(landed)}>
      {skipped.map(({ partition, from, to }) => (
        <Notice>
          Partition {partition}:{' '}
          {to === null ? `what came from offset ${from} on, before the topic was made anew,` : `offsets ${from} to ${to - 1}`} will never be
          landed: deleted before a run read it, and skipped as asked.
        </Notice>
      ))}
      <FactsTable
        caption="Messages and rows of this run"
        head={['', 'This run']}
        rows={[
          ['messages landed before', count(before)],
          ['messages read again', count(again)],
          ['attempts that do not fit, quarantined with the reason', count(quarantined)],
          ...Object.entries(tables).map(([name, rows]) => [`rows of ${name}`, count(rows)]),
        ]}
      />
    </Section>
  );
}

function inOneSentence({ new: fresh, before }: LandedCounts): string {
  if (fresh === 0) return before === 0 ? 'The topic has been empty so far.' : 'No new message had come since the last run.';
  return before === 0 ? `${counted(fresh, 'message')}, the first of the topic.` : `${counted(fresh, 'message')} came since the last run.`;
}
