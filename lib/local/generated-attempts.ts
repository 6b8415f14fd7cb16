import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { generateAttempts } from '../../data/generate-attempts.ts';
import { asUsersMistake, fingerprint, type Generation } from './generated.ts';

export function generatedAttempts({ rows, seed }: { rows: number; seed: number }): Generation<{ readonly attempts: string }> {
  return {
    title: 'Generate attempts',
    described: `generated: ${rows} attempts, seed ${seed}`,
    async make(home, signal, onProgress) {
      await mkdir(home.generated(), { recursive: true });
      const attempts = join(home.generated(), `${rows}-attempts-seed-${seed}-${await fingerprint()}.jsonl`);
      if (existsSync(attempts)) return { attempts, count: rows, reused: true };
      const shown = (written: number) => onProgress({ rows: written, total: rows });
      await asUsersMistake(generateAttempts({ rows, seed, out: attempts, onProgress: shown, signal }));
      return { attempts, count: rows, reused: false };
    },
  };
}
