/** Objects that one R2 delete takes. */
const deleteBatch = 1000;

/** Deletes everything in a bucket whose key begins with `prefix`. Only for callers that have asked the deletion gate. */
export async function deletePrefix(bucket: R2Bucket, prefix: string): Promise<void> {
  for (;;) {
    const { objects, truncated } = await bucket.list({ prefix, limit: deleteBatch });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
    if (!truncated) return;
  }
}
