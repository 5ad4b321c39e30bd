export { encodeChunk } from "./encode-chunk.ts";
export { encodeShard } from "./encode-shard.ts";
export { arrayMetadataObjects, groupMetadataObjects, type MetadataObject } from "./write-metadata.ts";
export { chunkKey, fillValueOf, objectShapeOf } from "./write-spec.ts";
