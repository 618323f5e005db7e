/* Reads grey pictures with zbar, one process for all of them, as `cargo xtask bench qr` compares it.
 *
 * Standard input: paths of binary PGM files, one a line. Standard output: for each file its number in the list, the
 * milliseconds of processor time that zbar took, and what it read; a line more for every further code.
 *
 *   gcc -O2 -o target/zbar_scan tests/bench/zbar_scan.c -lzbar
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zbar.h>

static double thread_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static unsigned char *read_pgm(const char *path, unsigned *width, unsigned *height) {
    FILE *file = fopen(path, "rb");
    unsigned char *pixels = NULL;
    if (!file) return NULL;
    if (fscanf(file, "P5 %u %u 255", width, height) == 2 && fgetc(file) == '\n') {
        size_t size = (size_t)*width * *height;
        pixels = malloc(size);
        if (pixels && fread(pixels, 1, size, file) != size) {
            free(pixels);
            pixels = NULL;
        }
    }
    fclose(file);
    return pixels;
}

int main(void) {
    char path[4096];
    zbar_image_scanner_t *scanner = zbar_image_scanner_create();
    /* QR codes only: the others would cost it time. */
    zbar_image_scanner_set_config(scanner, 0, ZBAR_CFG_ENABLE, 0);
    zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    for (long number = 0; fgets(path, sizeof path, stdin); number++) {
        unsigned width, height;
        path[strcspn(path, "\n")] = 0;
        unsigned char *pixels = read_pgm(path, &width, &height);
        if (!pixels) {
            fprintf(stderr, "cannot read %s\n", path);
            return 1;
        }
        zbar_image_t *image = zbar_image_create();
        zbar_image_set_format(image, *(const unsigned *)"Y800");
        zbar_image_set_size(image, width, height);
        zbar_image_set_data(image, pixels, (unsigned long)width * height, NULL);
        double begun = thread_ms();
        zbar_scan_image(scanner, image);
        double took = thread_ms() - begun;
        const zbar_symbol_t *symbol = zbar_image_first_symbol(image);
        if (!symbol) printf("%ld\t%.3f\t\n", number, took);
        for (; symbol; symbol = zbar_symbol_next(symbol))
            printf("%ld\t%.3f\t%s\n", number, took, zbar_symbol_get_data(symbol));
        zbar_image_destroy(image);
        free(pixels);
    }
    zbar_image_scanner_destroy(scanner);
    return 0;
}
