// Generated from runtime/protocol/schema.json by `npm run generate`. Do not edit.
import type { Auth, Bye, Held, Hello, Logged, Notice, Refuse, Request, Response, Resumed, Update, Welcome, PackedHeader, Discovery } from './types';

/** Checks a parsed value; the reasons of the latest refusal are in `errors`. */
export interface Validator<T> {
  (value: unknown): value is T;
  errors?: readonly { readonly instancePath: string; readonly message?: string }[] | null;
}

export const validateAuth: Validator<Auth>;
export const validateBye: Validator<Bye>;
export const validateHeld: Validator<Held>;
export const validateHello: Validator<Hello>;
export const validateLogged: Validator<Logged>;
export const validateNotice: Validator<Notice>;
export const validateRefuse: Validator<Refuse>;
export const validateRequest: Validator<Request>;
export const validateResponse: Validator<Response>;
export const validateResumed: Validator<Resumed>;
export const validateUpdate: Validator<Update>;
export const validateWelcome: Validator<Welcome>;
export const validatePackedHeader: Validator<PackedHeader>;
export const validateDiscovery: Validator<Discovery>;
