/** Loaded before a process by BUN_OPTIONS: its clock is off by so many ms, as that of another machine would be. */
const skewMs = Number(process.env.TEST_CLOCK_SKEW_MS);
const { timeOrigin } = performance;
Object.defineProperty(performance, 'timeOrigin', { value: timeOrigin + skewMs });
