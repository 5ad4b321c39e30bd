import { MemoryStore } from "../../shared/storage/memory.ts";
import { testStoreContract } from "./contract.ts";

testStoreContract("memory", async () => new MemoryStore("test"));
