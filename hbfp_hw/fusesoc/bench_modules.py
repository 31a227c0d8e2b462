"""Modules of a test bench that do not depend on the design.

They are Verilog-2001, except for the system task ``$fatal`` of SystemVerilog.

Registers get their initial values in declarations. SystemVerilog assigns these before time 0, so
the inputs of a design do not change at time 0, and the design must not rely on such a change.

BENCH stands for the name of the test bench.
"""

RANDOM = """
  function [31:0] advanced(input [31:0] state); // xorshift, the same in every simulator
    begin
      advanced = state ^ (state << 13);
      advanced = advanced ^ (advanced >> 17);
      advanced = advanced ^ (advanced << 5);
    end
  endfunction
"""

SOURCE = (
    """
// Source: offers each payload until the handshake. Without an offer, the payload is `idle`.
module BENCH_source #(parameter WIDTH = 1, COUNT = 1, SEED = 1, STALLS = 0) (
    input wire clk, input wire hold, output reg [31:0] index = 0,
    input wire [WIDTH-1:0] value, input wire [WIDTH-1:0] idle,
    output wire [WIDTH-1:0] payload, output reg valid = 0, input wire ready
);
  reg [31:0] random = SEED;
  wire [31:0] following = index + {31'd0, valid};
  assign payload = valid ? value : idle;
"""
    + RANDOM
    + """
  always @(posedge clk)
    if (!hold) begin
      if (valid && ^ready === 1'bx) $fatal(1, "an unknown bit: ready of an input");
      if (!valid || ready) begin
        valid <= following < COUNT && (STALLS == 0 || random[16]);
        index <= following;
      end
      random <= advanced(random);
    end
endmodule
"""
)

SINK = (
    """
// Sink: takes results and compares them. Without a handshake, a result is valid for one cycle.
module BENCH_sink #(parameter WIDTH = 1, COUNT = 1, SEED = 1, STALLS = 0, HANDSHAKE = 1) (
    input wire clk, input wire hold, output reg [31:0] index = 0,
    input wire [WIDTH-1:0] value, input wire [WIDTH-1:0] care,
    input wire [WIDTH-1:0] payload, input wire valid, output reg ready = 0, output wire done
);
  reg [31:0] random = SEED;
  reg [WIDTH-1:0] held = 0;
  reg holding = 0;
  assign done = index == COUNT;
"""
    + RANDOM
    + """
  always @(posedge clk)
    if (!hold) begin
      if (^valid === 1'bx || (valid && ^(payload & care) === 1'bx))
        $fatal(1, "an unknown bit: valid %b, result %0d is %h", valid, index, payload);
      if (holding && !(valid && payload === held)) $fatal(1, "a payload was not held");
      if (HANDSHAKE == 0 && !valid && |payload !== 1'b0) $fatal(1, "a result without its mark");
      holding <= HANDSHAKE != 0 && valid && !ready;
      held <= payload;
      if (valid && (ready || HANDSHAKE == 0)) begin
        if (done) $fatal(1, "too many results");
        if (|((payload ^ value) & care) !== 1'b0)
          $fatal(1, "result %0d is %h, not %h", index, payload, value);
        index <= index + 1;
      end
      random <= advanced(random);
      ready <= STALLS == 0 || random[16];
    end
endmodule
"""
)

REGISTERS = (
    """
// Master of the register bus. Kinds of accesses: 0 writes, 1 reads and compares, 2 waits for all
// results, 3 compares the interrupt.
module BENCH_registers #(parameter COUNT = 1, SEED = 1, STALLS = 0) (
    input wire clk, input wire hold, output reg [31:0] index = 0, input wire [47:0] value,
    input wire results, output wire done, input wire interrupt,
    output wire [12:0] awaddr, output reg awvalid = 0, input wire awready,
    output wire [31:0] wdata, output reg wvalid = 0, input wire wready,
    input wire [1:0] bresp, input wire bvalid, output reg bready = 0,
    output wire [12:0] araddr, output reg arvalid = 0, input wire arready,
    input wire [31:0] rdata, input wire [1:0] rresp, input wire rvalid, output reg rready = 0
);
  reg [31:0] random = SEED;
  reg busy = 0;
  wire [2:0] kind = value[47:45];
  assign awaddr = awvalid ? value[44:32] : 13'bx;
  assign araddr = arvalid ? value[44:32] : 13'bx;
  assign wdata = wvalid ? value[31:0] : 32'bx;
  assign done = index == COUNT;
"""
    + RANDOM
    + """
  always @(posedge clk)
    if (!hold) begin
      if (^{awready, wready, bvalid, arready, rvalid, interrupt} === 1'bx)
        $fatal(1, "an unknown bit at the registers");
      if (awready) awvalid <= 0;
      if (wready) wvalid <= 0;
      if (arready) arvalid <= 0;
      if (!busy && !done) begin
        busy <= kind < 2;
        awvalid <= kind == 0;
        wvalid <= kind == 0;
        arvalid <= kind == 1;
        if (kind == 3 || (kind == 2 && results)) index <= index + 1;
        if (kind == 3 && interrupt !== value[0]) $fatal(1, "the interrupt is not %b", value[0]);
      end
      if (bvalid && bready) begin
        if (bresp !== 0) $fatal(1, "write %0d was refused", index);
        busy <= 0;
        index <= index + 1;
      end
      if (rvalid && rready) begin
        if (rresp !== 0 || rdata !== value[31:0])
          $fatal(1, "read %0d of %h is %h, not %h", index, value[44:32], rdata, value[31:0]);
        busy <= 0;
        index <= index + 1;
      end
      random <= advanced(random);
      bready <= STALLS == 0 || random[16];
      rready <= STALLS == 0 || random[17];
    end
endmodule
"""
)
