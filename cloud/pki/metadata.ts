/**
 * Imported before @peculiar/x509: its container (tsyringe) refuses to load without the reflect-metadata polyfill, but asks it only
 * about constructors with parameters, and no class of the library has any. So nothing is known of anything, which is the truth.
 */
if (!('getMetadata' in Reflect)) {
  const nothing = (): undefined => undefined;
  Object.assign(Reflect, { getMetadata: nothing, getOwnMetadata: nothing, defineMetadata: nothing });
}
