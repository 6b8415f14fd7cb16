import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from './failures.ts';

/** The absolute path of a file named by `option`. @throws UsageError where it cannot be read */
export async function readableFile(option: string, file: string): Promise<string> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    const reason = found.code === 'ENOENT' ? 'a path where nothing is' : (found.code ?? found.message);
    throw new UsageError(`${option} must be a file that can be read, got ${reason}: ${file}`);
  }
  if (!found.isFile()) throw new UsageError(`${option} must be a file, got a ${found.isDirectory() ? 'folder' : 'special file'}: ${file}`);
  await access(file, constants.R_OK).catch(() => {
    throw new UsageError(`${option} must be a file that can be read, got one without permission: ${file}`);
  });
  return resolve(file);
}
