/** Where a playback URL has its grant: `/v/{token}/…`. */
export const grantIn = /\/v\/[^/]+\//;
