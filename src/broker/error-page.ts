const PAGE = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Sign-in not possible</title></head>
<body><h1>Sign-in not possible</h1><p>The link is not valid, has expired or was already used, or the service is not available. Start again in the app.</p></body>
</html>
`;

/**
 * The page for errors that must not be sent anywhere: a client or redirect URI we do not know, a state that is
 * not ours. It shows nothing that was sent to us.
 */
export const ERROR_PAGE = {
  status: 400,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  },
  body: PAGE,
} as const;
