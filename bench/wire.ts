/** The operator every contender calls; the gateway knows it by `bench/operators/<id>`. */
export const OPERATOR_ID = 'bench-operator';

/** What each contender sends on to the stub. */
export const UPSTREAM_PATH = `/${OPERATOR_ID}/number-verification/v2/verify`;

/** What each contender is asked. */
const VERIFY_PATH = '/number-verification/v2/verify';

/** +990 is no country's code: a number that can be nobody's. */
const ASK = '{"phoneNumber":"+99003500001"}';

export const ANSWER = '{"devicePhoneNumberVerified":true}';

/** About as long as an operator's own (JWT-less, opaque) access token. */
export const OPERATOR_TOKEN = 'o'.repeat(200);

/** For contenders that do not read the token: as long as the gateway's own are. */
export const OPAQUE_BEARER = 'b'.repeat(1_280);

/** One request as bytes on the wire; a correlator, as a client that wants support would send. */
export function verifyRequest(port: number, bearer: string): string {
  return (
    `POST ${VERIFY_PATH} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
    'Content-Type: application/json\r\nAccept: application/json\r\n' +
    'x-correlator: b4333c46-49c0-4f62-80d7-f0ef930f1c46\r\n' +
    `Authorization: Bearer ${bearer}\r\nContent-Length: ${ASK.length}\r\n\r\n${ASK}`
  );
}
