import { describe, expect, test } from 'vitest';
import { renderChurnReport, type ChurnReportData } from '../../lib/report/churn.tsx';
import { activityFixture, reportFixture } from './fixture.ts';
import { textOf } from './page-text.ts';

const rowsOf = (html: string) => /<table id="listeners-table"[\s\S]*?<\/table>/.exec(html)?.[0].match(/<tr role="row"><td/g)?.length ?? 0;

function withWarehouse(change: Partial<ChurnReportData['warehouse']>, of = reportFixture()): ChurnReportData {
  return { ...of, warehouse: { ...of.warehouse, ...change } };
}

function withFirstListener(change: object): ChurnReportData {
  const data = reportFixture();
  const scores = data.warehouse.scores!;
  const [first, ...others] = scores.listeners;
  return withWarehouse({ scores: { ...scores, listeners: [{ ...first!, ...change }, ...others] } }, data);
}

describe('a whole run', () => {
  const html = renderChurnReport(reportFixture());
  const text = textOf(html);

  test('says in its first sentence how many are at risk, and when', () => {
    expect(text).toContain('37 of 612 listeners are at risk of leaving in the ten days from 31 July 2026');
  });

  test('lists those at risk and nobody else', () => expect(rowsOf(html)).toBe(37));

  test('says where the events went, with the lines of the rejects', () => {
    expect(text).toContain('Of 304,112 lines read, 304,100 went to Kafka; 12 lines (<0.1%) had to be refused');
    expect(text).toMatch(/12 rejected .*10 duplicates .*2 quarantined/);
    expect(text).toContain('4,017 the line is not JSON: Unexpected end of JSON input events-2026-07.jsonl.gz');
  });

  test('draws each curve for the three models and the truth, once for wide and once for narrow screens', () => {
    for (const title of ['ROC curve', 'Precision and recall', 'Calibration', 'How many to contact', 'Every day in the lake']) {
      expect(html.match(new RegExp(`<svg class="plot (wide|narrow)"[^>]*aria-label="${title}`, 'g')), title).toHaveLength(2);
    }
    for (const name of ['XGBoost', 'random forest', 'logistic regression', 'true probability: the best any model could do'])
      expect(text).toContain(name);
  });

  test('says the confusion table in words', () => {
    const { truePositives, falsePositives } = reportFixture().evaluation!.confusion;
    expect(text).toContain(
      `one would have had to contact ${truePositives + falsePositives} of 1,780 test rows: ${truePositives} of them did leave`,
    );
  });

  test('names the steps, the input, the versions and the seed', () => {
    expect(text).toContain('Train and test the model 5,310 3 38.8 s 137');
    for (const fact of ['generated: 700 listeners, 62 days, seed 42', 'Spark 3.5.6', 'Seed 42']) expect(text).toContain(fact);
  });

  test('is one file: no address outside, and a policy that allows no request', () => {
    expect(html.match(/https?:\/\/(?!www\.w3\.org\/)|@import|url\((?!#)|src=/g)).toBeNull();
    expect(html).toMatch(
      /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[^']+'; img-src data:/,
    );
  });

  test('is the same for the same data', () => expect(renderChurnReport(reportFixture())).toBe(html));
});

describe('a reason in words', () => {
  const reasonText = (reason: object) => textOf(renderChurnReport(withFirstListener({ reasons: [reason] })));

  test('has the contract’s label, the value and what is typical', () => {
    expect(reasonText({ feature: 'days_since_last_event', value: 14.25, typical: 2 })).toMatch(
      /days since the last visit: 14\.3 \(typical 2\)/,
    );
  });
  test('reads yes and no where the feature is 0 or 1', () => {
    expect(reasonText({ feature: 'paid', value: 0, typical: 1 })).toContain('paid subscription: no (typical yes)');
  });
  test('keeps the name of a feature that no contract knows any more', () => {
    expect(reasonText({ feature: 'old_feature_x', value: 1, typical: null })).toMatch(/old feature x: 1 (?!\()/);
  });
  test('says so where nothing stands out', () => {
    expect(textOf(renderChurnReport(withFirstListener({ reasons: [] })))).toContain('nothing stands out');
  });
});

describe('what others wrote', () => {
  const hostile = '<script>alert(1)</script>"\'><img src=x onerror=alert(2)>';

  test('appears as text and never as markup, wherever it comes from', () => {
    const base = withFirstListener({ firstName: hostile, lastName: hostile, userId: hostile, level: hostile, location: hostile });
    const evaluation = base.evaluation!;
    const data: ChurnReportData = {
      ...base,
      run: {
        ...base.run,
        input: [hostile],
        steps: [{ name: hostile, seconds: 1, rowsIn: 1, rowsOut: 1 }],
        model: { skipped: hostile },
        details: { [hostile]: hostile },
      },
      rejects: [{ source: hostile, line: 1, reason: hostile }],
      evaluation: {
        ...evaluation,
        models: evaluation.models.map((model) => ({ ...model, label: hostile })),
        importances: [{ feature: 'x', label: hostile, importance: 1 }],
      },
    };
    const html = renderChurnReport(data);
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toContain('<img');
    expect(html.split('&lt;script>alert(1)').length).toBeGreaterThan(10);
  });

  test('a name made of SQL is a name', () => {
    const html = renderChurnReport(withFirstListener({ firstName: "Robert'); DROP TABLE", lastName: 'churn_scores;--' }));
    expect(html).toContain("Robert'); DROP TABLE churn_scores;--");
  });

  test('a listener without a name goes by the id', () => {
    expect(
      textOf(renderChurnReport(withFirstListener({ firstName: null, lastName: null, userId: '4711', location: null, level: null }))),
    ).toContain('no name 4711');
  });
});

describe('runs that have less to show', () => {
  const skipped = { skipped: 'training needs at least 20 churned listeners, got 2' };

  test('without a model and without scores: says why, and still shows the events', () => {
    const base = withWarehouse({ scores: null });
    const text = textOf(renderChurnReport({ ...base, run: { ...base.run, model: skipped }, evaluation: null }));
    expect(text).toContain('Nobody has been scored yet: training needs at least 20 churned listeners, got 2.');
    expect(text).toContain('No model was trained: training needs at least 20 churned listeners, got 2.');
    expect(text).toContain('304,088 rows of the lake');
    expect(text).not.toContain('ROC curve');
  });

  test('without scores: lists who was there, names as text', () => {
    const known = [
      {
        userId: '7',
        firstName: '<script>alert(1)</script>',
        lastName: "Robert'); DROP TABLE",
        level: 'free',
        location: null,
        sessions: 1,
        songs: 23,
      },
    ];
    const html = renderChurnReport(withWarehouse({ scores: null, known }));
    expect(html).not.toContain('<script>alert(1)');
    expect(textOf(html)).toContain("Robert'); DROP TABLE");
    expect(textOf(html)).toContain('1 visit, 23 songs');
  });

  test('with scores of an earlier model: names it, and says why there is no newer one', () => {
    const base = reportFixture();
    const text = textOf(renderChurnReport({ ...base, run: { ...base.run, model: skipped } }));
    expect(text).toContain(`earlier model (${base.evaluation!.version}), since none was trained in this run: ${skipped.skipped}`);
    expect(text).toContain('ROC curve');
  });

  test('with scores of a model whose evaluation is gone', () => {
    const text = textOf(renderChurnReport({ ...reportFixture(), evaluation: null }));
    expect(text).toContain('37 of 612 listeners');
    expect(text).toContain('There is no evaluation of a model.');
  });

  test('with nobody at risk: shows the ten nearest to the threshold', () => {
    const html = renderChurnReport(reportFixture({ atRisk: 0 }));
    expect(textOf(html)).toContain('None of 612 listeners are at risk of leaving');
    expect(textOf(html)).toContain('Nobody reaches the threshold of 24%. The 10 nearest to it:');
    expect(rowsOf(html)).toBe(10);
  });

  test('with one listener in all', () => {
    const html = renderChurnReport(reportFixture({ atRisk: 1, scored: 1 }));
    expect(textOf(html)).toContain('1 of 1 listener is at risk of leaving');
  });

  test('with nobody there to be scored', () => {
    const text = textOf(renderChurnReport(reportFixture({ atRisk: 0, scored: 0 })));
    expect(text).toContain('Nobody was there to be scored');
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('with an empty lake', () => {
    const base = withWarehouse({ activity: [], scores: null });
    const events = { read: 0, produced: 0, rejected: 0, alreadySent: 0, ingested: 0, quarantined: 0, duplicates: 0 };
    const text = textOf(
      renderChurnReport({ ...base, run: { ...base.run, events, steps: [], warehouse: null }, rejects: [], evaluation: null }),
    );
    expect(text).toContain('The lake holds no event yet.');
    expect(text).toContain('No event was read in this run.');
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('with one day', () => {
    const text = textOf(renderChurnReport(withWarehouse({ activity: activityFixture(1) })));
    expect(text).toMatch(/events and \d cancellations? on 30 May 2026/);
    expect(text).toContain('1 day with events');
  });

  test('with days without events: they stay on the time axis', () => {
    const [first, , , , fifth] = activityFixture(5);
    const html = renderChurnReport(withWarehouse({ activity: [first!, fifth!] }));
    expect(textOf(html)).toContain('2 days with events');
    for (const label of ['30 May', '31 May', '1 Jun', '2 Jun', '3 Jun']) expect(html).toContain(`>${label}</text>`);
  });

  test('without the truth: no curve of it and no word about it', () => {
    const base = reportFixture();
    const models = base.evaluation!.models.filter(({ name }) => name !== 'truth');
    const text = textOf(renderChurnReport({ ...base, evaluation: { ...base.evaluation!, models } }));
    expect(text).toContain('random forest');
    expect(text).not.toMatch(/true probability/i);
  });

  test('with a model that flagged nobody', () => {
    const base = reportFixture();
    const confusion = { truePositives: 0, falsePositives: 0, falseNegatives: 3, trueNegatives: 40 };
    const text = textOf(
      renderChurnReport({ ...base, evaluation: { ...base.evaluation!, confusion, contacts: [], calibration: [], importances: [] } }),
    );
    expect(text).toContain('0 of 43 test rows');
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('figures that do not add up are said, not hidden', () => {
  const noticeOf = (change: object) => {
    const base = reportFixture();
    return textOf(renderChurnReport({ ...base, run: { ...base.run, events: { ...base.run.events!, ...change } } }));
  };

  test('lines neither sent nor rejected', () =>
    expect(noticeOf({ read: 304_115 })).toContain('3 lines read but neither sent nor rejected.'));
  test('events that an earlier run had left in the topic', () =>
    expect(noticeOf({ ingested: 304_089 })).toContain('1 event of the topic had been left there by an earlier run.'));
  test('events that did not arrive', () =>
    expect(noticeOf({ ingested: 304_087 })).toContain('1 event produced but not ingested in this run.'));
  test('a second run over the same file', () =>
    expect(noticeOf({ produced: 0, rejected: 0, alreadySent: 304_112, ingested: 0, duplicates: 0, quarantined: 0 })).toContain(
      'All 304,112 lines had been sent by an earlier run: nothing was sent twice.',
    ));
});

describe('10,000 listeners at risk', () => {
  const html = renderChurnReport(reportFixture({ atRisk: 10_000, scored: 12_000 }));

  test('the table holds the 500 most probable, and says so', () => {
    expect(rowsOf(html)).toBe(500);
    expect(textOf(html)).toContain('The table holds the 500 most probable of 10,000');
  });
  test('the page stays under 3 MB', () => expect(Buffer.byteLength(html)).toBeLessThan(3_000_000));
});
