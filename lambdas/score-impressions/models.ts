import * as z from 'zod';
import { readModel, type ClickModel } from './model.ts';

export interface ModelsOptions {
  /** Folder of click models: `latest.json` and a folder a version. */
  readonly folder: string;
  /** The text of an object; undefined where there is none. */
  readonly read: (uri: string) => Promise<string | undefined>;
  /** Is told why a newer model could not be read, while the one before goes on. */
  readonly onFailure: (reason: unknown) => void;
  /** Time for which nobody looks for a newer model, ms. @default 30000 */
  readonly checkEveryMs?: number;
  readonly now?: () => number;
}

const DEFAULT_CHECK_EVERY_MS = 30_000;

const latest = z.object({ version: z.string().min(1) });

/** The model that was trained last: loaded once a version, and looked for now and then. */
export class Models {
  private model: ClickModel | undefined;
  private checked = -Infinity;

  constructor(private readonly options: ModelsOptions) {}

  /** @throws Error where no model could ever be read */
  async current(): Promise<ClickModel> {
    const { checkEveryMs = DEFAULT_CHECK_EVERY_MS, now = Date.now, onFailure } = this.options;
    if (this.model && now() - this.checked < checkEveryMs) return this.model;
    try {
      this.model = await this.latest();
    } catch (error) {
      // Predictions of yesterday's model are better than none.
      if (!this.model) throw error;
      onFailure(error);
    }
    this.checked = now();
    return this.model;
  }

  private async latest(): Promise<ClickModel> {
    const folder = this.options.folder.replace(/\/+$/, '');
    const { version } = latest.parse(JSON.parse(await this.required(`${folder}/latest.json`)));
    if (version === this.model?.version) return this.model;
    return readModel(await this.required(`${folder}/${version}/model.json`));
  }

  private async required(uri: string): Promise<string> {
    const text = await this.options.read(uri);
    if (text === undefined) throw new Error(`click model must have been trained, got no ${uri}`);
    return text;
  }
}
