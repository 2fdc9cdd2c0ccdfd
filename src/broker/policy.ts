import { interactionPolicy } from 'oidc-provider';

const { Check, Prompt } = interactionPolicy;

/**
 * Every sign-in is authenticated afresh, by the operator. `prompt=none` is implied (NV 2.1.1) and asked of the
 * operator; the library by itself would answer it with login_required. Other prompts are no part of this
 * policy, which makes the library refuse them.
 */
export function operatorAuthenticates(): interactionPolicy.DefaultPolicy | interactionPolicy.Prompt[] {
  return [
    new Prompt(
      { name: 'login', requestable: false },
      new Check(
        'operator_authentication',
        'the operator authenticates the device',
        'login_required',
        ({ oidc }) => {
          if (oidc.result?.login) return Check.NO_NEED_TO_PROMPT;
          if (oidc.params?.['prompt'] === 'none') oidc.params['prompt'] = undefined;
          return Check.REQUEST_PROMPT;
        },
      ),
    ),
  ];
}
