import { BOOL, F16, F32, F64, I8, I16, I32, I64, sizeOfDType, U8, U16, U32 } from "./dtypes";
import { halfBits } from "./half";

/** A row of doubles as another dtype: to integers rounded half away from zero and saturated, to bool what is 1 but for rounding, as scipy does; one NaN. */
export function resampleStore(dtype: i32, row: usize, dst: usize, width: i32): void {
  const size = sizeOfDType(dtype);
  for (let x = 0; x < width; x++) {
    const value = load<f64>(row + (<usize>x << 3));
    const to = dst + <usize>x * size;
    if (dtype == F64) store<f64>(to, value == value ? value : f64.NaN);
    else if (dtype == F32) store<f32>(to, value == value ? <f32>value : f32.NaN);
    else if (dtype == F16) store<u16>(to, halfBits(value));
    else {
      const rounded = value > 0 ? value + 0.5 : value - 0.5;
      switch (dtype) {
        case BOOL:
          store<u8>(to, u8(value > 0.999999999));
          break;
        case U8:
          store<u8>(to, <u8>max(0, min(255, <i32>rounded)));
          break;
        case I8:
          store<i8>(to, <i8>max(-128, min(127, <i32>rounded)));
          break;
        case U16:
          store<u16>(to, <u16>max(0, min(65535, <i32>rounded)));
          break;
        case I16:
          store<i16>(to, <i16>max(-32768, min(32767, <i32>rounded)));
          break;
        case I32:
          store<i32>(to, <i32>rounded);
          break;
        case U32:
          store<u32>(to, <u32>rounded);
          break;
        case I64:
          store<i64>(to, <i64>rounded);
          break;
        default:
          store<u64>(to, <u64>rounded);
      }
    }
  }
}
