import { basename, join } from 'node:path';
import { openFile } from '../../../lambdas/shared/sources.ts';
import { stageFiles, type StageProgress } from '../../../lambdas/stage-files/handler.ts';
import { Interrupted } from '../../cli/failures.ts';
import { formatted } from '../../cli/progress.ts';
import { stagedNote } from '../../cli/step-result.ts';
import type { OnProgress, StepOutcome } from '../../cli/tasks.ts';
import type { StageStep } from '../../pipelines/pipeline.ts';
import type { RunContext } from '../context.ts';
import { inputFiles } from '../../cli/input-files.ts';
import { LocalStore } from '../staging/local-store.ts';
import { StagedFolder } from '../staging/staged-folder.ts';
import { loadStaged } from '../staging/staged-load.ts';
import type { Warehouse } from '../warehouse.ts';

/**
 * Stages the new files among a run's inputs by the handler that is deployed as a Lambda. Of what is staged, whenever that was, the warehouse
 * gets what it does not hold yet.
 */
export async function runStageStep<Parameters>(
  context: RunContext<Parameters>,
  step: StageStep,
  onProgress: OnProgress,
): Promise<StepOutcome> {
  const { endpoints, inputs, signal } = context;
  const { contract } = step;
  const listing = await inputFiles(step.input, inputs[step.input] ?? []);
  const warehouse = await context.warehouse();
  const folder = new StagedFolder(join(endpoints.staged, contract.name));
  await folder.make();

  const loaded = await loadedFiles(warehouse, contract.name);
  const toLoad = (await folder.ids()).filter((id) => !loaded.has(id));
  if (toLoad.length > 0) await loadStaged(warehouse, folder, contract, toLoad);

  const store = new LocalStore({ warehouse, folder, contract, loaded });
  try {
    const { done, ...counts } = await stageFiles(
      { contract, list: () => Promise.resolve(listing), open: openFile, store, loaded },
      { signal, onProgress: (progress) => onProgress(shown(progress)) },
    );
    await store.commit();
    if (!done) throw new Interrupted();
    (context.summary.staged ??= {})[contract.name] = counts;
    context.rejects.push(...counts.rejects);
    if (listing.files.length > 0) await refuseOnlyRejects(warehouse, step);
    return { rowsIn: counts.rows + counts.rejected, rowsOut: counts.rows, ...stagedNote(counts) };
  } catch (error) {
    await store.abort();
    throw error;
  }
}

/** When the files were staged that the warehouse holds of a data set, by id. */
async function loadedFiles(warehouse: Warehouse, dataset: string): Promise<Map<string, Date>> {
  const rows = await warehouse.query<{ file_id: string; staged_at: Date }>(
    'SELECT file_id, staged_at FROM millrace.staged_files WHERE dataset = $1',
    [dataset],
  );
  return new Map(rows.map(({ file_id, staged_at }) => [file_id, staged_at]));
}

/** A run of which nothing fits would end with tables that are empty, and look as if all were well. */
async function refuseOnlyRejects(warehouse: Warehouse, { contract, input }: StageStep): Promise<void> {
  const [first] = await warehouse.query<{ file_name: string; file_line: string; reason: string; rejected: string }>(
    `SELECT file_name, file_line, reason, COUNT(*) OVER () AS rejected FROM millrace.staged_rejects
     WHERE dataset = $1 AND NOT EXISTS (SELECT 1 FROM millrace.staged_files WHERE dataset = $1 AND rows > 0)
     ORDER BY file_name, file_line LIMIT 1`,
    [contract.name],
  );
  if (!first) return;
  const { file_name: file, file_line: line, reason, rejected } = first;
  throw new Error(
    `${input} must hold ${contract.name}, got none: all ${formatted(Number(rejected))} records were rejected, ` +
      `the first (line ${formatted(Number(line))} of ${basename(file)}) as ${reason}`,
  );
}

/** Rows in all are not known before the end; bytes are, and records are about as long as each other. */
function shown({ rows, rejected, bytes, totalBytes, files, totalFiles }: StageProgress): Parameters<OnProgress>[0] {
  const read = rows + rejected;
  return { rows: read, ...(bytes > 0 ? { total: Math.round((read / bytes) * totalBytes) } : {}), note: `${files} of ${totalFiles} files` };
}
