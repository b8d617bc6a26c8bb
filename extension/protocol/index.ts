export * from './codec';
export * from './generated/constants';
export type * from './generated/types';
