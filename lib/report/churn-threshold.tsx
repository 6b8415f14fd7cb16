/** @jsxRuntime automatic @jsxImportSource preact */
import { Curves, STROKES, type Stroke } from './charts.tsx';
import type { Evaluation } from './evaluation.ts';
import { count, counted, percent } from './format.ts';
import { FactsTable } from './table.tsx';

/** The confusion table of the test rows at the chosen threshold, in words first. */
export function Confusion({ evaluation }: { evaluation: Evaluation }) {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = evaluation.confusion;
  const flagged = truePositives + falsePositives;
  const leavers = truePositives + falseNegatives;
  return (
    <>
      <p class="lede">
        From a probability of {percent(evaluation.threshold)} on, one would have had to contact{' '}
        <b>
          {count(flagged)} of {count(flagged + falseNegatives + trueNegatives)}
        </b>{' '}
        test rows: {count(truePositives)} of them did leave ({percent(ratio(truePositives, flagged))} of the contacts), which is{' '}
        {percent(ratio(truePositives, leavers))} of the {counted(leavers, 'leaver')}. {count(falseNegatives)} left without being flagged.
      </p>
      <div class="half">
        <FactsTable
          caption="Confusion table at the chosen threshold"
          head={['', 'Flagged', 'Not flagged', 'Together']}
          rows={[
            ['Left', <b>{count(truePositives)}</b>, count(falseNegatives), count(leavers)],
            ['Stayed', count(falsePositives), <b>{count(trueNegatives)}</b>, count(falsePositives + trueNegatives)],
          ]}
        />
      </div>
    </>
  );
}

const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : null);

/** What more or fewer contacts would give. */
export function Contacts({ evaluation }: { evaluation: Evaluation }) {
  // Of nobody contacted there is no precision.
  const contacts = evaluation.contacts.filter(({ contacted }) => contacted > 0).toSorted((a, b) => a.contacted - b.contacted);
  const chosen = evaluation.confusion.truePositives + evaluation.confusion.falsePositives;
  return (
    <Curves
      id="contacts"
      title="How many to contact"
      description={`The more are contacted, the more leavers are found and the fewer contacts are worth it. Chosen: ${count(chosen)}.`}
      x="test rows contacted, most probable first"
      y="share"
      xUnit="count"
      mark={{ x: chosen, label: 'chosen' }}
      curves={[
        {
          name: 'leavers found (recall)',
          points: contacts.map(({ contacted, recall }) => [contacted, recall]),
          stroke: STROKES[0] as Stroke,
        },
        {
          name: 'contacts who leave (precision)',
          points: contacts.map(({ contacted, precision }) => [contacted, precision]),
          stroke: STROKES[1] as Stroke,
        },
      ]}
    />
  );
}
