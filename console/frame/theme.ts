/** The product's colours on Fluent's themes: a calm blue-green, white on it at 4.5:1 and more (WCAG 2.2 §1.4.3). */
import { createDarkTheme, createLightTheme, type BrandVariants, type Theme } from '@fluentui/react-components';

const BRAND: BrandVariants = {
  10: '#020607', 20: '#0b1d22', 30: '#0f2f38', 40: '#103d4a', 50: '#0f4b5b', 60: '#0d596d', 70: '#0a687f', 80: '#067591', 90: '#2b87a1', 100: '#4a97af',
  110: '#67a8bc', 120: '#82b8c9', 130: '#9dc8d6', 140: '#b7d8e2', 150: '#d2e7ee', 160: '#edf5f8',
};

/** Fills of charts: told apart in both schemes and without red and green. In the order of use. */
const SERIES = { light: ['#067591', '#b45309', '#5b5fc7', '#107c41', '#8a3a68', '#616161'], dark: ['#67b7cf', '#e2a15a', '#a6a7f0', '#7cc79a', '#d99bbd', '#adadad'] } as const;

const dark = createDarkTheme(BRAND);
export const LIGHT: Theme = createLightTheme(BRAND);
export const DARK: Theme = { ...dark, colorBrandForeground1: BRAND[120], colorBrandForeground2: BRAND[130], colorBrandForegroundLink: BRAND[130] };
export const seriesOf = (night: boolean): readonly string[] => SERIES[night ? 'dark' : 'light'];
