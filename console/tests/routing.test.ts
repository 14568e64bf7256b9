import { afterEach, describe, expect, it } from 'vitest';

import { href, location, match, navigate, parseHash, setQuery } from '../src/routing';

describe('parseHash', () => {
  it.each([
    ['', '/', ''],
    ['#/executions', '/executions', ''],
    ['#/executions/', '/executions', ''],
    ['#/executions?states=failed%2Crunning&tag=a%3Db', '/executions', 'states=failed%2Crunning&tag=a%3Db'],
    ['#executions/a%2Fb', '/executions/a%2Fb', ''],
  ])('reads %s', (hash, path, query) => {
    const found = parseHash(hash);
    expect(found.path).toBe(path);
    expect(found.query.toString()).toBe(query);
  });
});

describe('match', () => {
  it('gives decoded parameters when the path fits', () => {
    expect(match('/executions/:id', '/executions/a%3Ab')).toEqual({ id: 'a:b' });
    expect(match('/workflows/:id/versions/:version', '/workflows/w/versions/1.0.0')).toEqual({
      id: 'w',
      version: '1.0.0',
    });
  });

  it('gives nothing when it does not', () => {
    expect(match('/executions/:id', '/executions')).toBeNull();
    expect(match('/executions/:id', '/workflows/x')).toBeNull();
    expect(match('/executions', '/executions/x')).toBeNull();
  });

  it('keeps what is no valid escape as it is', () => {
    expect(match('/executions/:id', '/executions/%zz')).toEqual({ id: '%zz' });
  });
});

describe('href', () => {
  it('escapes parameters and leaves out what is empty', () => {
    expect(href('/executions/:id', { id: 'a b/c' }, { tab: 'graph', step: null, x: '' })).toBe(
      '#/executions/a%20b%2Fc?tab=graph',
    );
  });
});

describe('the address', () => {
  afterEach(() => navigate('/'));

  it('is followed when a page is opened and its query changed', () => {
    navigate('/executions?states=failed');
    expect(location.value.path).toBe('/executions');
    setQuery({ workflow_id: 'order', states: null });
    expect(window.location.hash).toBe('#/executions?workflow_id=order');
    expect(location.value.query.get('states')).toBeNull();
  });
});
