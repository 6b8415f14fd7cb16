import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Collector } from './handler.ts';

/** Answers requests as API Gateway hands them on, in its payload format 2.0. */
export function makeLambda({ collect }: Pick<Collector, 'collect'>) {
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const { status, headers, body } = await collect({
      method: event.requestContext.http.method,
      path: event.rawPath,
      headers: event.headers,
      bytes: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    });
    return { statusCode: status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
  };
}
