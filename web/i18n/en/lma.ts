export const lma = {};
