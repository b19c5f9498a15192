export { collectionKey, productKey, variantKey } from "./ids";
export type { FittingRoomOptions } from "./options";
export { SESSION_FIELD, SESSION_HEADER } from "./orders/session_field";
export { FittingRoomPlugin } from "./plugin";
