/* Registers of hbfp_core_8x8_mixed_n16_e10_d32; generated, do not edit. */
#ifndef HBFP_CORE_8X8_MIXED_N16_E10_D32_H
#define HBFP_CORE_8X8_MIXED_N16_E10_D32_H

#define HBFP_CORE_IDENTIFICATION 0x48424650u
#define HBFP_CORE_VERSION 0x00010000u

/* This design. */
#define HBFP_CORE_ROWS 8u
#define HBFP_CORE_COLUMNS 8u
#define HBFP_CORE_BLOCK_SIZE 16u
#define HBFP_CORE_EXPONENT_BITS 10u
#define HBFP_CORE_DEPTH 32u
#define HBFP_CORE_PANEL_TILES 8u
#define HBFP_CORE_RANDOM_BITS 8u
#define HBFP_CORE_BUS_BITS 0u
#define HBFP_CORE_QUEUE 4u
#define HBFP_CORE_LAYERS 64u

/* Identification. (read only) */
#define HBFP_REG_ID 0x0000u
#define HBFP_REG_ID_VALUE_SHIFT 0
#define HBFP_REG_ID_VALUE_MASK 0xFFFFFFFFu

/* Version of this register map. (read only) */
#define HBFP_REG_VERSION 0x0004u
#define HBFP_REG_VERSION_PATCH_SHIFT 0
#define HBFP_REG_VERSION_PATCH_MASK 0x000000FFu
#define HBFP_REG_VERSION_MINOR_SHIFT 8
#define HBFP_REG_VERSION_MINOR_MASK 0x0000FF00u
#define HBFP_REG_VERSION_MAJOR_SHIFT 16
#define HBFP_REG_VERSION_MAJOR_MASK 0x00FF0000u

/* Array of the engine. (read only) */
#define HBFP_REG_ARRAY 0x0008u
#define HBFP_REG_ARRAY_ROWS_SHIFT 0
#define HBFP_REG_ARRAY_ROWS_MASK 0x000000FFu
#define HBFP_REG_ARRAY_COLUMNS_SHIFT 8
#define HBFP_REG_ARRAY_COLUMNS_MASK 0x0000FF00u
#define HBFP_REG_ARRAY_NATIVE_SHIFT 16
#define HBFP_REG_ARRAY_NATIVE_MASK 0x00010000u

/* Blocks of both operands. (read only) */
#define HBFP_REG_BLOCK 0x000Cu
#define HBFP_REG_BLOCK_SIZE_SHIFT 0
#define HBFP_REG_BLOCK_SIZE_MASK 0x0000FFFFu
#define HBFP_REG_BLOCK_EXPONENT_BITS_SHIFT 16
#define HBFP_REG_BLOCK_EXPONENT_BITS_MASK 0x00FF0000u
#define HBFP_REG_BLOCK_RANDOM_BITS_SHIFT 24
#define HBFP_REG_BLOCK_RANDOM_BITS_MASK 0xFF000000u

/* Operand buffers. (read only) */
#define HBFP_REG_BUFFERS 0x0010u
#define HBFP_REG_BUFFERS_DEPTH_SHIFT 0
#define HBFP_REG_BUFFERS_DEPTH_MASK 0x0000FFFFu
#define HBFP_REG_BUFFERS_PANEL_TILES_SHIFT 16
#define HBFP_REG_BUFFERS_PANEL_TILES_MASK 0xFFFF0000u

/* Bytes in a beat of each stream. (read only) */
#define HBFP_REG_BUS 0x0014u
#define HBFP_REG_BUS_OPERAND_BYTES_SHIFT 0
#define HBFP_REG_BUS_OPERAND_BYTES_MASK 0x0000FFFFu
#define HBFP_REG_BUS_ROW_BYTES_SHIFT 16
#define HBFP_REG_BUS_ROW_BYTES_MASK 0xFFFF0000u

/* Sizes of the descriptor queue and of the mode table. (read only) */
#define HBFP_REG_LIMITS 0x0018u
#define HBFP_REG_LIMITS_QUEUE_SHIFT 0
#define HBFP_REG_LIMITS_QUEUE_MASK 0x000000FFu
#define HBFP_REG_LIMITS_LAYERS_SHIFT 8
#define HBFP_REG_LIMITS_LAYERS_MASK 0x00FFFF00u

/* Halt and resume. (read and write) */
#define HBFP_REG_CONTROL 0x0020u
#define HBFP_REG_CONTROL_HALT_SHIFT 0
#define HBFP_REG_CONTROL_HALT_MASK 0x00000001u

/* State of the core. (read only) */
#define HBFP_REG_STATUS 0x0024u
#define HBFP_REG_STATUS_BUSY_SHIFT 0
#define HBFP_REG_STATUS_BUSY_MASK 0x00000001u
#define HBFP_REG_STATUS_HALTED_SHIFT 1
#define HBFP_REG_STATUS_HALTED_MASK 0x00000002u
#define HBFP_REG_STATUS_FREE_SHIFT 8
#define HBFP_REG_STATUS_FREE_MASK 0x0000FF00u

/* Errors; while a bit is set, no descriptor is started. (write 1 to clear) */
#define HBFP_REG_ERROR 0x0028u
#define HBFP_REG_ERROR_DESCRIPTOR_SHIFT 0
#define HBFP_REG_ERROR_DESCRIPTOR_MASK 0x00000001u
#define HBFP_REG_ERROR_QUEUE_FULL_SHIFT 1
#define HBFP_REG_ERROR_QUEUE_FULL_MASK 0x00000002u
#define HBFP_REG_ERROR_REFUSED_SHIFT 2
#define HBFP_REG_ERROR_REFUSED_MASK 0x00000004u
#define HBFP_REG_ERROR_X_EARLY_SHIFT 8
#define HBFP_REG_ERROR_X_EARLY_MASK 0x00000100u
#define HBFP_REG_ERROR_X_LATE_SHIFT 9
#define HBFP_REG_ERROR_X_LATE_MASK 0x00000200u
#define HBFP_REG_ERROR_X_KEEP_SHIFT 10
#define HBFP_REG_ERROR_X_KEEP_MASK 0x00000400u
#define HBFP_REG_ERROR_W_EARLY_SHIFT 16
#define HBFP_REG_ERROR_W_EARLY_MASK 0x00010000u
#define HBFP_REG_ERROR_W_LATE_SHIFT 17
#define HBFP_REG_ERROR_W_LATE_MASK 0x00020000u
#define HBFP_REG_ERROR_W_KEEP_SHIFT 18
#define HBFP_REG_ERROR_W_KEEP_MASK 0x00040000u
#define HBFP_REG_ERROR_C_EARLY_SHIFT 24
#define HBFP_REG_ERROR_C_EARLY_MASK 0x01000000u
#define HBFP_REG_ERROR_C_LATE_SHIFT 25
#define HBFP_REG_ERROR_C_LATE_MASK 0x02000000u
#define HBFP_REG_ERROR_C_KEEP_SHIFT 26
#define HBFP_REG_ERROR_C_KEEP_MASK 0x04000000u

/* Causes that raise the interrupt. (read and write) */
#define HBFP_REG_INTERRUPT_ENABLE 0x002Cu
#define HBFP_REG_INTERRUPT_ENABLE_DONE_SHIFT 0
#define HBFP_REG_INTERRUPT_ENABLE_DONE_MASK 0x00000001u
#define HBFP_REG_INTERRUPT_ENABLE_ERROR_SHIFT 1
#define HBFP_REG_INTERRUPT_ENABLE_ERROR_MASK 0x00000002u

/* Events since they were last cleared. (write 1 to clear) */
#define HBFP_REG_INTERRUPT_STATUS 0x0030u
#define HBFP_REG_INTERRUPT_STATUS_DONE_SHIFT 0
#define HBFP_REG_INTERRUPT_STATUS_DONE_MASK 0x00000001u
#define HBFP_REG_INTERRUPT_STATUS_ERROR_SHIFT 1
#define HBFP_REG_INTERRUPT_STATUS_ERROR_MASK 0x00000002u

/* Products completed since reset. (read only) */
#define HBFP_REG_PRODUCTS 0x0034u
#define HBFP_REG_PRODUCTS_VALUE_SHIFT 0
#define HBFP_REG_PRODUCTS_VALUE_MASK 0xFFFFFFFFu

/* Descriptor: M. (read and write) */
#define HBFP_REG_ROWS 0x0040u
#define HBFP_REG_ROWS_VALUE_SHIFT 0
#define HBFP_REG_ROWS_VALUE_MASK 0x0000FFFFu

/* Descriptor: P. (read and write) */
#define HBFP_REG_COLUMNS 0x0044u
#define HBFP_REG_COLUMNS_VALUE_SHIFT 0
#define HBFP_REG_COLUMNS_VALUE_MASK 0x0000FFFFu

/* Descriptor: blocks along K. (read and write) */
#define HBFP_REG_BLOCKS 0x0048u
#define HBFP_REG_BLOCKS_VALUE_SHIFT 0
#define HBFP_REG_BLOCKS_VALUE_MASK 0x0000FFFFu

/* Descriptor: elements in the last block of a line. (read and write) */
#define HBFP_REG_LANES 0x004Cu
#define HBFP_REG_LANES_VALUE_SHIFT 0
#define HBFP_REG_LANES_VALUE_MASK 0x0000FFFFu

/* Descriptor: blocks along K in a chunk. (read and write) */
#define HBFP_REG_CHUNK 0x0050u
#define HBFP_REG_CHUNK_VALUE_SHIFT 0
#define HBFP_REG_CHUNK_VALUE_MASK 0x0000FFFFu

/* Descriptor: seed of stochastic rounding. (read and write) */
#define HBFP_REG_SEED 0x0054u
#define HBFP_REG_SEED_VALUE_SHIFT 0
#define HBFP_REG_SEED_VALUE_MASK 0xFFFFFFFFu

/* Descriptor: conversion, and start of the sums. (read and write) */
#define HBFP_REG_MODE 0x0058u
#define HBFP_REG_MODE_WORD_SHIFT 0
#define HBFP_REG_MODE_WORD_MASK 0x0000000Fu
#define HBFP_REG_MODE_ACCUMULATE_SHIFT 4
#define HBFP_REG_MODE_ACCUMULATE_MASK 0x00000010u
#define HBFP_REG_MODE_FROM_TABLE_SHIFT 5
#define HBFP_REG_MODE_FROM_TABLE_MASK 0x00000020u
#define HBFP_REG_MODE_PRODUCT_SHIFT 6
#define HBFP_REG_MODE_PRODUCT_MASK 0x000000C0u
#define HBFP_REG_MODE_LAYER_SHIFT 16
#define HBFP_REG_MODE_LAYER_MASK 0xFFFF0000u

/* Check and queue the descriptor that the registers hold. (write only) */
#define HBFP_REG_START 0x005Cu

/* Cycles in which a product was in the engine or its results were leaving. (read only) */
#define HBFP_REG_CYCLES(i) (0x0060u + 4u * (i))
#define HBFP_REG_CYCLES_VALUE_SHIFT 0
#define HBFP_REG_CYCLES_VALUE_MASK 0xFFFFFFFFu

/* Cycles in which the array was fed. (read only) */
#define HBFP_REG_ACTIVE(i) (0x0068u + 4u * (i))
#define HBFP_REG_ACTIVE_VALUE_SHIFT 0
#define HBFP_REG_ACTIVE_VALUE_MASK 0xFFFFFFFFu

/* Cycles in which X had `tready` and no `tvalid`: a block could have been taken. (read only) */
#define HBFP_REG_STALL_X(i) (0x0070u + 4u * (i))
#define HBFP_REG_STALL_X_VALUE_SHIFT 0
#define HBFP_REG_STALL_X_VALUE_MASK 0xFFFFFFFFu

/* Cycles in which W had `tready` and no `tvalid`: a block could have been taken. (read only) */
#define HBFP_REG_STALL_W(i) (0x0078u + 4u * (i))
#define HBFP_REG_STALL_W_VALUE_SHIFT 0
#define HBFP_REG_STALL_W_VALUE_MASK 0xFFFFFFFFu

/* Cycles in which C had `tready` and no `tvalid`: a row could have been taken. (read only) */
#define HBFP_REG_STALL_C(i) (0x0080u + 4u * (i))
#define HBFP_REG_STALL_C_VALUE_SHIFT 0
#define HBFP_REG_STALL_C_VALUE_MASK 0xFFFFFFFFu

/* Cycles in which Y had `tvalid` and no `tready`: a row waited. (read only) */
#define HBFP_REG_STALL_Y(i) (0x0088u + 4u * (i))
#define HBFP_REG_STALL_Y_VALUE_SHIFT 0
#define HBFP_REG_STALL_Y_VALUE_MASK 0xFFFFFFFFu

/* Set all cycle counters to 0. (write only) */
#define HBFP_REG_CLEAR_COUNTERS 0x0090u

/* Mode table, one word for each layer. (read and write) */
#define HBFP_REG_LAYER_MODE(i) (0x1000u + 4u * (i))
#define HBFP_REG_LAYER_MODE_FORWARD_SHIFT 0
#define HBFP_REG_LAYER_MODE_FORWARD_MASK 0x0000000Fu
#define HBFP_REG_LAYER_MODE_INPUT_GRADIENT_SHIFT 4
#define HBFP_REG_LAYER_MODE_INPUT_GRADIENT_MASK 0x000000F0u
#define HBFP_REG_LAYER_MODE_WEIGHT_GRADIENT_SHIFT 8
#define HBFP_REG_LAYER_MODE_WEIGHT_GRADIENT_MASK 0x00000F00u

#endif
