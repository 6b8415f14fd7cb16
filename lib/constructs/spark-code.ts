import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { AssetHashType, IgnoreMode } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { CONTRACTS } from '../contracts/index.ts';
import { sparkContract } from '../contracts/render/spark.ts';
import { emrRelease } from '../versions.ts';
import { EnvironmentStack } from './environment-stack.ts';
import { PythonPackages } from './python-packages.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

/** What steps need on a cluster that has no internet: scripts, jars, Python packages and contracts, as assets in S3. */
export class SparkCode extends Construct {
  /** S3 URIs of the jars that Spark lacks. */
  readonly jars: readonly string[];
  /** S3 URI of the package that the steps share, a zip for `--py-files`. */
  readonly package: string;
  /** S3 URI of the Python packages, a zip for `--archives`. */
  readonly pythonPackages: string;
  private readonly scripts: ReadonlyMap<string, Asset>;
  private readonly contracts: ReadonlyMap<string, Asset>;

  constructor(scope: EnvironmentStack, id: string) {
    super(scope, id);
    const steps = join(CHECKOUT, 'spark-steps');
    this.scripts = new Map(filesIn(steps, '.py').map((file) => [file, new Asset(this, file, { path: join(steps, file) })]));
    this.package = new Asset(this, 'Package', {
      path: steps,
      exclude: ['/*', '!/millrace/', '__pycache__'],
      ignoreMode: IgnoreMode.GIT,
    }).s3ObjectUrl;
    this.jars = jarFiles().map((jar) => new Asset(this, jar.slice(jar.lastIndexOf('/') + 1), { path: jar }).s3ObjectUrl);
    this.contracts = this.renderContracts();
    const packages = new PythonPackages(emrRelease(scope.settings.processing.emrRelease).python);
    this.pythonPackages = new Asset(this, 'PythonPackages', {
      path: packages.source,
      assetHashType: AssetHashType.CUSTOM,
      assetHash: packages.hash,
      bundling: packages.bundling,
    }).s3ObjectUrl;
  }

  /** S3 URI of a file in `spark-steps/`. */
  script(file: string): string {
    return found(this.scripts, file, 'script').s3ObjectUrl;
  }

  /** S3 URI of a rendered contract. */
  contract(name: string): string {
    return found(this.contracts, name, 'contract').s3ObjectUrl;
  }

  /**
   * Lets `grantee` read all code, that of earlier deployments too: a run that is under way when code is deployed goes on with the assets
   * it began with. They lie under a prefix of the stack's own, so that nothing else in the bucket can be read.
   */
  grantRead(grantee: IGrantable): Grant {
    const { bucket } = this.scripts.values().next().value!;
    const { assetPrefix } = EnvironmentStack.of(this);
    // The star: names of assets are hashes, which change with each deployment.
    return Grant.addToPrincipal({ grantee, actions: ['s3:GetObject'], resourceArns: [bucket.arnForObjects(`${assetPrefix}*`)] });
  }

  private renderContracts(): ReadonlyMap<string, Asset> {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-contracts-'));
    try {
      return new Map(
        CONTRACTS.map((each) => {
          const path = join(folder, `${each.name}.json`);
          writeFileSync(path, JSON.stringify(sparkContract(each), null, 2));
          return [each.name, new Asset(this, `${each.name}.json`, { path })];
        }),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

/** Iceberg is not among them: EMR brings its own. */
function jarFiles(): string[] {
  const folder = (name: string) => {
    const path = join(CHECKOUT, '.jars', name);
    if (!existsSync(path)) throw new Error(`jars of ${name} must be in .jars, got none: bash bin/setup.sh --deploy fetches them`);
    return path;
  };
  return [
    ...filesIn(folder('spark'), '.jar')
      .filter((jar) => !jar.startsWith('iceberg-'))
      .map((jar) => join(folder('spark'), jar)),
    ...filesIn(folder('emr'), '.jar').map((jar) => join(folder('emr'), jar)),
  ];
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .sort();
}

function found(assets: ReadonlyMap<string, Asset>, name: string, what: string): Asset {
  const asset = assets.get(name);
  if (!asset) throw new Error(`${what} must be one of ${[...assets.keys()].join(', ')}, got ${name}`);
  return asset;
}
