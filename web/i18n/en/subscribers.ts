export const subscribers = {};
