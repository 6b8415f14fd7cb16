/** @jsxRuntime automatic @jsxImportSource preact */
import { DailyBars } from './charts.tsx';
import type { ClicksData } from './clicks-data.ts';
import { Calibration } from './clicks-model.tsx';
import { count, counted, duration, instant, NONE, percent, score } from './format.ts';
import type { LiveCounts } from './live-counts.ts';
import { Notice, Section } from './page.tsx';
import { FactsTable } from './table.tsx';

/** How live impressions were answered: how soon, and how well, as their outcomes came in. */
export function StreamSection({ live, windows }: { live: LiveCounts | undefined; windows: ClicksData['windows'] }) {
  return (
    <Section id="live" title="Live predictions" lede={live && ledeOf(live)}>
      {live && <Flow live={live} />}
      {windows.length > 0 ? <Windows windows={windows} /> : <Notice>No prediction has been held against its outcome yet.</Notice>}
    </Section>
  );
}

function ledeOf({ sent, predicted, seconds, rate, latencyMs }: LiveCounts): string {
  const missing = sent > predicted ? ` ${counted(sent - predicted, 'impression')} had none when the run stopped waiting.` : '';
  const late = latencyMs ? `: half of them within ${count(latencyMs.p50)} ms of the impression, 99% within ${count(latencyMs.p99)} ms` : '';
  return `${counted(predicted, 'prediction')} in ${duration(seconds)}, ${count(rate)} a second${late}, read back from the topic.${missing}`;
}

function Flow({ live }: { live: LiveCounts }) {
  const points = live.bins.map(({ meanProbability, clicked }) => [meanProbability, clicked] as const);
  return (
    <>
      <DailyBars
        id="flow"
        title="Predictions as they flowed"
        description="Predictions read from the topic, by five seconds since the first live impression."
        days={live.moments.map(({ seconds }) => `${seconds} s`)}
        series={[{ name: 'predictions', values: live.moments.map(({ predictions }) => predictions), color: 'var(--series-1)' }]}
      />
      <div class="pair">
        <Calibration id="live-calibration" points={points} />
        <FactsTable
          caption="Live quality, of predictions whose outcome is known"
          head={['Figure', 'Value']}
          rows={[
            ['Outcomes known', count(live.labelled)],
            ['Clicked', live.labelled > 0 ? percent(live.clicks / live.labelled) : NONE],
            ['Log-loss, nats', score(live.logLoss)],
            ['Normalised entropy', score(live.normalisedEntropy)],
            ['Calibration (1 is right)', score(live.calibration)],
          ]}
        />
      </div>
    </>
  );
}

function Windows({ windows }: { windows: ClicksData['windows'] }) {
  return (
    <FactsTable
      caption="Quality by window of time and model, as the stream itself keeps it; the latest first"
      head={['Window from', 'Predictions', 'Known', 'Clicked', 'Log-loss', 'Normalised entropy', 'Calibration', 'Model']}
      numeric={[1, 2, 3, 4, 5, 6]}
      rows={windows.map(({ start, modelVersion, predictions, labelled, clicks, logLoss, normalisedEntropy, calibration }) => [
        instant(start),
        count(predictions),
        count(labelled),
        count(clicks),
        score(logLoss),
        score(normalisedEntropy),
        score(calibration),
        modelVersion,
      ])}
    />
  );
}
