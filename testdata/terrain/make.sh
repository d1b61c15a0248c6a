#!/bin/sh
# Makes the fixtures of this folder again with GDAL (3.6.2, Debian's gdal-bin).
set -eu
cd "$(dirname "$0")"
rm -rf ./*.tif refused
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gzip -dc ../../sectors/andorra/N42E001.hgt.gz >"$work/N42E001.hgt"
crop="$work/crop.tif"
gdal_translate -q -srcwin 980 840 48 40 -mo AREA_OR_POINT=Area "$work/N42E001.hgt" "$crop"
make() { # name, then options
    name=$1
    shift
    gdal_translate -q "$@" "$crop" "$name.tif"
}
tiles="-co TILED=YES -co BLOCKXSIZE=16 -co BLOCKYSIZE=16"
make i16-strips-none -co BLOCKYSIZE=7
make i16-strips-lzw-p2 -co COMPRESS=LZW -co PREDICTOR=2 -co BLOCKYSIZE=7
make i16-tiles-deflate-p2 $tiles -co COMPRESS=DEFLATE -co PREDICTOR=2
make i16-tiles-zstd-p2 $tiles -co COMPRESS=ZSTD -co PREDICTOR=2
make i16-strips-zstd-p2-big-endian -co COMPRESS=ZSTD -co PREDICTOR=2 -co ENDIANNESS=BIG -co BLOCKYSIZE=7
make i16-tiles-lzw-p2-big-endian $tiles -co COMPRESS=LZW -co PREDICTOR=2 -co ENDIANNESS=BIG
make i16-bigtiff-deflate -co BIGTIFF=YES -co COMPRESS=DEFLATE
make i16-strips-packbits -co COMPRESS=PACKBITS
make i16-point-deflate -co COMPRESS=DEFLATE -mo AREA_OR_POINT=Point
make i32-strips-zstd -ot Int32 -co COMPRESS=ZSTD
make i32-tiles-deflate-p2 -ot Int32 $tiles -co COMPRESS=DEFLATE -co PREDICTOR=2
make f32-tiles-deflate-p3 -ot Float32 $tiles -co COMPRESS=DEFLATE -co PREDICTOR=3
make f32-strips-zstd-p3 -ot Float32 -co COMPRESS=ZSTD -co PREDICTOR=3 -co BLOCKYSIZE=7
make f64-tiles-lzw-p3 -ot Float64 $tiles -co COMPRESS=LZW -co PREDICTOR=3
make f64-tiles-zstd-p3 -ot Float64 $tiles -co COMPRESS=ZSTD -co PREDICTOR=3
gdalwarp -q -ot Float64 -dstnodata nan -co COMPRESS=DEFLATE "$crop" f64-strips-deflate-nan.tif
gdalwarp -q -ot UInt16 -dstnodata 0 -co COMPRESS=LZW "$crop" u16-strips-lzw-nodata-0.tif
gdalwarp -q -ot UInt32 -dstnodata 4294967295 -co COMPRESS=DEFLATE "$crop" u32-strips-deflate.tif
# Files in which some blocks were never written.
gdalwarp -q -te 1.802916666666667 42.247083333333333 1.869583333333333 42.300416666666667 -ts 80 64 -dstnodata -32768 \
    $tiles -co SPARSE_OK=TRUE -co COMPRESS=DEFLATE "$crop" sparse.tif
# A projected file, and what GDAL makes of it on the grid that Watchline chooses.
gdalwarp -q -t_srs EPSG:32631 -r bilinear -et 0 -tr 90 90 -tap -ot Float32 -co COMPRESS=DEFLATE -co PREDICTOR=3 \
    "$crop" utm31-90m.tif
gdalwarp -q -t_srs EPSG:4326 -r bilinear -et 0 -te 1.815125 42.266291666666667 1.856291666666667 42.301736111111111 \
    -ts 38 44 -ot Float32 -co COMPRESS=DEFLATE utm31-90m.tif utm31-90m-by-gdalwarp.tif
# Classes of land with a palette and voids, as products of land cover come, in both kinds of TIFF file and both byte orders.
gdal_translate -q -of VRT -ot Byte -a_nodata 0 "$crop" "$work/classes.vrt"
sed -i -e 's|<ColorInterp>.*</ColorInterp>||' -e 's|SimpleSource|ComplexSource|g' \
    -e 's|<NoDataValue>.*</NoDataValue>|&<ColorInterp>Palette</ColorInterp><ColorTable><Entry c1="0" c2="0" c3="0"/><Entry c1="9" c2="99" c3="9"/></ColorTable>|' \
    -e 's|</ComplexSource>|<NODATA>-32768</NODATA><LUT>1300:10,1301:20,1450:20,1451:60,1600:60,1601:80,1750:80,1751:30</LUT>&|' \
    "$work/classes.vrt"
classes() { # name, then options
    name=$1
    shift
    gdal_translate -q "$@" "$work/classes.vrt" "classes-$name.tif"
}
classes tiles-deflate $tiles -co COMPRESS=DEFLATE
classes strips-big-endian -co ENDIANNESS=BIG -co COMPRESS=LZW -co BLOCKYSIZE=7
classes bigtiff-zstd -co BIGTIFF=YES $tiles -co COMPRESS=ZSTD
gdalwarp -q -t_srs EPSG:32631 -r near -et 0 -tr 90 90 -tap -co COMPRESS=DEFLATE classes-tiles-deflate.tif classes-utm31.tif
gdalwarp -q -t_srs EPSG:4326 -r near -et 0 -te 1.815125 42.266291666666667 1.856291666666667 42.301736111111111 \
    -ts 38 44 -co COMPRESS=DEFLATE classes-utm31.tif classes-utm31-by-gdalwarp.tif
gdal_translate -q -colorinterp gray -co COMPRESS=DEFLATE classes-tiles-deflate.tif classes-numbers.tif
# Files that must be refused.
mkdir -p refused
gdalwarp -q -t_srs EPSG:25831 "$crop" refused/etrs89.tif
gdalwarp -q -t_srs EPSG:3857 "$crop" refused/mercator.tif
gdal_translate -q -a_srs EPSG:4267 "$crop" refused/nad27.tif
gdal_translate -q -a_srs EPSG:4326+6360 "$crop" refused/feet-above-sea.tif
gdal_translate -q -a_srs EPSG:4979 "$crop" refused/ellipsoidal.tif
gdal_translate -q -co COMPRESS=LERC -ot Float32 "$crop" refused/lerc.tif
gdal_translate -q -b 1 -b 1 "$crop" refused/two-bands.tif
gdal_translate -q -a_scale 0.1 -a_offset 100 "$crop" refused/scaled.tif
gdal_translate -q -of VRT "$crop" "$work/feet.vrt"
sed -i 's|<VRTRasterBand[^>]*>|&<UnitType>ft</UnitType>|' "$work/feet.vrt"
gdal_translate -q "$work/feet.vrt" refused/feet.tif
gdal_translate -q -co PROFILE=BASELINE "$crop" refused/nowhere.tif
gdal_translate -q -a_nodata none -ot Float32 -scale -32768 4000 -1e38 4000 "$crop" refused/unmarked.tif
gdal_translate -q -of VRT "$crop" "$work/turned.vrt"
sed -i 's|<GeoTransform>.*</GeoTransform>|<GeoTransform>1.8166, 8e-4, 1e-4, 42.3, 1e-4, -8e-4</GeoTransform>|' "$work/turned.vrt"
gdal_translate -q "$work/turned.vrt" refused/turned.tif
gdal_translate -q -srcwin 0 0 8 8 -a_ullr 1e9 4690000 1000000720 4689280 utm31-90m.tif refused/off-zone.tif
gdal_translate -q -srcwin 0 0 8 8 -a_srs EPSG:32660 -a_ullr 900000 4690000 900720 4689280 utm31-90m.tif refused/date-line.tif
rm -f ./*.aux.xml refused/*.aux.xml refused/*.tfw
