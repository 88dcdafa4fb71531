import { describe, expect, test } from 'bun:test';
import { headroomOf, utilisationFor, waitP99Seconds } from './headroom.ts';
import { stormAnswer } from './storm.ts';

const LOAD = {
  cores: 100,
  stormCores: 0,
  coresPerMachine: 16,
  serviceSeconds: 0.002,
  latencySeconds: 0.02,
  burst: 1.25,
  zones: 3,
  upgradeShare: 0.05,
  replicated: false,
};

describe('waiting', () => {
  test('at one server is the known p99 of M/M/1: service ÷ (1 − ρ) × ln(100 ρ)', () => {
    expect(waitP99Seconds(0.5, 0.01, 1)).toBeCloseTo((0.01 / 0.5) * Math.log(50), 12);
  });

  test('grows with utilisation, falls with servers, and has no end when they are full', () => {
    expect(waitP99Seconds(0.9, 0.01, 1)).toBeGreaterThan(waitP99Seconds(0.8, 0.01, 1));
    expect(waitP99Seconds(0.9, 0.01, 16)).toBeLessThan(waitP99Seconds(0.9, 0.01, 1));
    expect(waitP99Seconds(1, 0.01, 16)).toBe(Number.POSITIVE_INFINITY);
  });

  test('keeps to its objective just below the utilisation that is found, not above', () => {
    const most = utilisationFor(0.0025, 1, 0.1);
    expect(waitP99Seconds(most, 0.0025, 1)).toBeLessThanOrEqual(0.1);
    expect(waitP99Seconds(most + 1e-4, 0.0025, 1)).toBeGreaterThan(0.1);
  });
});

describe('headroom', () => {
  test('is set by a lost zone: with three of them half as many machines again', () => {
    const { cases, binding, machines } = headroomOf(LOAD);
    expect(binding).toBe('zone lost');
    expect(machines / cases.peak).toBeCloseTo(1.5, 9);
  });

  test('is set by the upgrade where there is one zone, and by the storm where that is worse', () => {
    expect(headroomOf({ ...LOAD, zones: 1 }).binding).toBe('upgrade');
    expect(headroomOf({ ...LOAD, stormCores: 500 }).binding).toBe('storm');
  });

  test('asks replicated work for its peak alone: a replica takes a lost machine’s work', () => {
    expect(headroomOf({ ...LOAD, replicated: true }).binding).toBe('peak');
  });

  test('asks for more machines where waiting may be shorter', () => {
    expect(headroomOf({ ...LOAD, latencySeconds: 0.002 }).machines).toBeGreaterThan(headroomOf(LOAD).machines);
  });
});

describe('a storm', () => {
  const storm = {
    connections: 150_000,
    withinSeconds: 300,
    ordinaryPerSecond: 100,
    usPerConnect: 1_000,
    usPerReturn: 1_000,
    spread: 1,
    freeCores: 1,
  };

  test('is admitted within its time beside the ordinary connects', () => {
    expect(stormAnswer(storm)).toMatchObject({ admissionsPerSecond: 600, cores: 0.6, absorbed: true });
    expect(stormAnswer(storm).secondsBack).toBeCloseTo(150_000 / 900, 9);
  });

  test('asks for more where clients wait longer than they are told, and are refused before', () => {
    expect(stormAnswer({ ...storm, spread: 1.4, usPerReturn: 2_000 })).toMatchObject({
      admissionsPerSecond: 800,
      cores: 1.5,
      absorbed: false,
    });
  });

  test('is never back where the processors only suffice for the ordinary ones', () => {
    expect(stormAnswer({ ...storm, freeCores: 0.1 })).toMatchObject({ secondsBack: Number.POSITIVE_INFINITY, absorbed: false });
  });
});
