import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { located } from './checkpoint.ts';
import type { Quality } from './handler.ts';

/** What was told longer ago says nothing of now: whoever tells it has stopped, which other figures show. */
const OUTDATED_MS = 60 * 60 * 1000;

const figure = z.number().nullable();
const file = z.object({ logLoss: figure, normalisedEntropy: figure, calibration: figure });

/** The file in which the scoring says how good its predictions of late have turned out; nothing where there is none of late. */
export async function recentQuality(s3: S3Client, uri: string, now = Date.now()): Promise<Quality | undefined> {
  try {
    const object = await s3.send(new GetObjectCommand(located(uri)));
    if (now - object.LastModified!.getTime() > OUTDATED_MS) return undefined;
    return file.parse(JSON.parse(await object.Body!.transformToString()));
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}
