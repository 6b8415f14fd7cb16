/**
 * Name of a log group that an AWS service, and not code of ours, writes to. The service adds each other group to one policy of the account,
 * which holds 5,120 characters and forgets nothing: an environment that comes and goes would fill it, and the next deployment would fail.
 * Groups under this prefix are let in as one. https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
 */
export function deliveredLogs(service: string, name: string): string {
  return `/aws/vendedlogs/${service}/${name}`;
}
