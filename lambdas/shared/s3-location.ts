/** Bucket and key of an `s3://bucket/key` URI, as the SDK names them; undefined where it is none. */
export function s3Location(uri: string): { readonly Bucket: string; readonly Key: string } | undefined {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  return Bucket && Key ? { Bucket, Key } : undefined;
}
