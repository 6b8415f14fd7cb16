/** Where events are posted to, on AWS and locally. */
export const EVENTS_PATH = '/v1/listening-events';
