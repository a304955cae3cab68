/**
 * Counts the requests of this thread (page or worker) that went to a server, failed ones among them, as resource
 * timing tells. What the browser answered by itself (HTTP cache, Cache API, service worker) does not count: it has a
 * body of which nothing was transferred. A request to another origin that hides its sizes counts. Resource timing
 * does not show the opening of the page, a request that is still under way, and the requests of the service worker.
 * @param onMore called after each new request
 * @returns how many began at a time or later, in ms since 1970, as `performance.timeOrigin + performance.now()`
 */
export function watchRequests(onMore?: () => void): (since: number) => number {
  const starts: number[] = [];
  const take = (entries: PerformanceEntryList) => {
    for (const entry of entries) {
      if (wentOut(entry as PerformanceResourceTiming)) starts.push(performance.timeOrigin + entry.startTime);
    }
  };
  const observer = new PerformanceObserver((list) => {
    take(list.getEntries());
    onMore?.();
  });
  observer.observe({ type: 'resource', buffered: true });
  return (since) => {
    take(observer.takeRecords());
    return starts.filter((start) => start >= since).length;
  };
}

function wentOut({ name, transferSize, decodedBodySize }: PerformanceResourceTiming): boolean {
  // blob: and data: addresses lie in this tab.
  return name.startsWith('http') && !(transferSize === 0 && decodedBodySize > 0);
}
