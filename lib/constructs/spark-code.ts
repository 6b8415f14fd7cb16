import { Construct } from 'constructs';

/** What steps need on a cluster that has no internet: scripts, jars, Python packages and contracts, as assets in S3. */
export class SparkCode extends Construct {
  /** S3 URI of a file in `spark-steps/`. */
  script(file: string): string {
    return `s3://todo/${file}`;
  }

  /** S3 URI of a rendered contract. */
  contract(name: string): string {
    return `s3://todo/${name}.json`;
  }
}
