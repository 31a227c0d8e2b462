// A compiled core between its buses: a master on AXI4-Lite, sources of X, W and C, a sink of Y.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "Vtop.h"
#include "port_bytes.h"
#include "verilated.h"

#if VM_TRACE_FST
#include "verilated_fst_c.h"
using Trace = VerilatedFstC;
#elif VM_TRACE
#include "verilated_vcd_c.h"
using Trace = VerilatedVcdC;
#endif

namespace {

constexpr int RESET_CYCLES = 4;
constexpr int ACCESS_CYCLES = 1000000;  // most cycles of one register access
constexpr int OKAY = 0, NO_ANSWER = -1;

struct Packet {
    const uint8_t* data;  // owned by the caller, who keeps it until the packet is sent
    uint64_t bytes;
};

struct Source {
    std::deque<Packet> packets;
    uint64_t offered = 0;  // bytes of the first packet that have been offered
    uint64_t done = 0;     // packets that have been offered completely
};

class Core {
public:
    // Bytes of a beat of X and W, and of C and Y; probability of a pause in units of 2^-32; file of
    // the waves, which a model compiled without tracing ignores.
    Core(uint64_t operand_bytes, uint64_t row_bytes, uint32_t pause, uint32_t seed,
         [[maybe_unused]] const char* waves)
        : beats{operand_bytes, operand_bytes, row_bytes}, pause(pause), random(seed | 1) {
#if VM_TRACE
        context.traceEverOn(true);
        top->trace(&trace, 99);
        trace.open(waves);
#endif
        reset();
    }

    ~Core() {
        top->final();
#if VM_TRACE
        trace.close();
#endif
    }

    void reset() {
        top->aresetn = 0;
        forget();
        top->s_axis_x_tvalid = top->s_axis_w_tvalid = top->s_axis_c_tvalid = 0;
        top->s_axil_awvalid = top->s_axil_wvalid = top->s_axil_arvalid = 0;
        top->m_axis_y_tready = top->s_axil_bready = top->s_axil_rready = 0;
        for (int number = 0; number < RESET_CYCLES; ++number) clock();
        top->aresetn = 1;
    }

    // Write `data` to a register, or read a register into it. Return the response code of the bus,
    // or NO_ANSWER.
    int access(bool write, uint32_t address, uint32_t* data) {
        address_due = data_due = write;
        read_due = !write;
        this->write = write;
        this->address = address;
        this->data = *data;
        answered = false;
        for (int number = 0; number < ACCESS_CYCLES; ++number) {
            cycle();
            if (answered) {
                *data = this->data;
                return answer;
            }
        }
        return NO_ANSWER;
    }

    void send(int stream, const uint8_t* packet, uint64_t bytes) {
        sources[stream].packets.push_back({packet, bytes});
    }

    // Run until a packet of Y has arrived or the interrupt is asserted, at most `cycles` cycles.
    // Return the cycles since the last transfer of a stream.
    uint64_t run(uint64_t cycles) {
        do cycle();
        while (--cycles && received.empty() && !top->irq);
        return idle;
    }

    // Drop all packets of a halted core, which still takes the beats that are on offer.
    void discard() {
        forget();
        for (int number = 0; number < ACCESS_CYCLES; ++number) {
            if (!top->s_axis_x_tvalid && !top->s_axis_w_tvalid && !top->s_axis_c_tvalid) break;
            cycle();
        }
        received.clear();
        packet.clear();
    }

    Source sources[3];
    std::deque<std::vector<uint8_t>> received;

private:
    // Drop all packets.
    void forget() {
        for (Source& source : sources) {
            source.packets.clear();
            source.offered = 0;
        }
        received.clear();
        packet.clear();
        idle = 0;
    }

    // Draw whether a channel pauses in this cycle, by a xorshift generator.
    bool paused() {
        if (!pause) return false;
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        return random < pause;
    }

    // Simulate one clock period.
    void clock() {
#if VM_TRACE
        // Waves show the inputs changing between two rising edges.
        top->eval();
        trace.dump(time++);
#endif
        top->aclk = 1;
        top->eval();
#if VM_TRACE
        trace.dump(time++);
#endif
        top->aclk = 0;
        top->eval();
    }

    // Offer the next beat of an input stream, unless one is on offer or the stream pauses.
    template <class Data, class Keep>
    void offer(int stream, Data& data, Keep& keep, CData& last, CData& valid) {
        Source& source = sources[stream];
        if (valid || source.packets.empty() || paused()) return;
        const Packet& first = source.packets.front();
        const uint64_t left = first.bytes - source.offered;
        const uint64_t bytes = left < beats[stream] ? left : beats[stream];
        load(data, first.data + source.offered, bytes);
        set_low_bits(keep, bytes);
        source.offered += bytes;
        last = left == bytes;
        valid = 1;
        if (last) {
            source.packets.pop_front();
            source.offered = 0;
            ++source.done;
        }
    }

    // Assert `valid` of a channel of the register bus if a request is due.
    static void raise(bool& due, CData& valid, bool now) {
        if (due && now) {
            valid = 1;
            due = false;
        }
    }

    // Simulate one cycle. No output of the core depends on an input of the same cycle, so both
    // sides of every handshake are known before the edge.
    void cycle() {
        offer(0, top->s_axis_x_tdata, top->s_axis_x_tkeep, top->s_axis_x_tlast,
              top->s_axis_x_tvalid);
        offer(1, top->s_axis_w_tdata, top->s_axis_w_tkeep, top->s_axis_w_tlast,
              top->s_axis_w_tvalid);
        offer(2, top->s_axis_c_tdata, top->s_axis_c_tkeep, top->s_axis_c_tlast,
              top->s_axis_c_tvalid);
        top->m_axis_y_tready = !paused();
        raise(address_due, top->s_axil_awvalid, !paused());
        raise(data_due, top->s_axil_wvalid, !paused());
        raise(read_due, top->s_axil_arvalid, !paused());
        top->s_axil_awaddr = top->s_axil_araddr = address;
        if (write) top->s_axil_wdata = data;
        top->s_axil_wstrb = 15;
        top->s_axil_bready = write && !paused();
        top->s_axil_rready = !write && !paused();

        const bool x = top->s_axis_x_tvalid && top->s_axis_x_tready;
        const bool w = top->s_axis_w_tvalid && top->s_axis_w_tready;
        const bool c = top->s_axis_c_tvalid && top->s_axis_c_tready;
        const bool y = top->m_axis_y_tvalid && top->m_axis_y_tready;
        const bool aw = top->s_axil_awvalid && top->s_axil_awready;
        const bool wd = top->s_axil_wvalid && top->s_axil_wready;
        const bool ar = top->s_axil_arvalid && top->s_axil_arready;
        if (y) {
            append(packet, top->m_axis_y_tdata, beats[2]);
            if (top->m_axis_y_tlast) {
                received.push_back(std::move(packet));
                packet.clear();
            }
        }
        if (top->s_axil_bvalid && top->s_axil_bready) {
            answered = true;
            answer = top->s_axil_bresp;
        }
        if (top->s_axil_rvalid && top->s_axil_rready) {
            answered = true;
            answer = top->s_axil_rresp;
            data = top->s_axil_rdata;
        }
        clock();
        if (x) top->s_axis_x_tvalid = 0;
        if (w) top->s_axis_w_tvalid = 0;
        if (c) top->s_axis_c_tvalid = 0;
        if (aw) top->s_axil_awvalid = 0;
        if (wd) top->s_axil_wvalid = 0;
        if (ar) top->s_axil_arvalid = 0;
        idle = x || w || c || y ? 0 : idle + 1;
    }

    VerilatedContext context;
    std::unique_ptr<Vtop> top = std::make_unique<Vtop>(&context);
#if VM_TRACE
    Trace trace;  // declared after the model, so that it is destroyed first
    uint64_t time = 0;
#endif
    const uint64_t beats[3];
    const uint32_t pause;
    uint32_t random;
    std::vector<uint8_t> packet;
    uint64_t idle = 0;  // cycles since the last transfer of a stream
    bool address_due = false, data_due = false, read_due = false, write = false, answered = false;
    uint32_t address = 0, data = 0;
    int answer = OKAY;
};

}  // namespace
